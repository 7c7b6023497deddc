import type { ImageInput } from './image-input.ts';
import type { Finish } from './finish.ts';
import type { ModelWeights } from './model-info.ts';
import type { ResultOutput } from './result-output.ts';

export const EXECUTION_PROVIDERS = ['webgpu', 'wasm'] as const;
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

/** The adapter as WebGPU shows it. */
export type AdapterReport = {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for a software adapter (SwiftShader, WARP, `isFallbackAdapter`): right, but slow. */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
};

/** Which device was chosen, and why, in words for a person. */
export type DeviceReport = {
  readonly provider: ExecutionProvider;
  /** One line: `webgpu: nvidia ampere` or `wasm: 4 threads`. */
  readonly label: string;
  /** Why this one: `no hardware GPU: the only adapter is software (SwiftShader)`. */
  readonly reason: string;
  readonly adapter: AdapterReport | null;
  /** Threads of the WASM provider; 1 without cross-origin isolation. */
  readonly threads: number;
};

/** What the device worker is told once, before its first batch. */
export type DeviceLoadRequest = {
  readonly provider: ExecutionProvider;
  readonly threads: number;
  readonly weights: ModelWeights;
  readonly padTokenId: number;
  /** Of a model of images; left out: of texts. */
  readonly image?: ImageInput;
  readonly finish: Finish;
};

/** What the device worker found when it loaded the model. */
export type LoadedModel = {
  /** What each row's result is. */
  readonly output: ResultOutput;
  readonly inputNames: readonly string[];
  readonly outputName: string;
  /** SHA-256 (hex) by path of the weights and external data as they were loaded. */
  readonly weightSha256: Readonly<Record<string, string>>;
};
