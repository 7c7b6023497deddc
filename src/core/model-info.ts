import type { ByteRangeRef } from './byte-range.ts';
import type { Dtype } from './dtype.ts';
import type { ImageInput } from './image-input.ts';
import type { Activation } from './finish.ts';

/** A model directory as the page or the runner hands it over: relative POSIX paths and where the bytes are. */
export type ModelRef = {
  /** For messages and the manifest: the directory's name. */
  readonly name: string;
  readonly files: Readonly<Record<string, ByteRangeRef>>;
};

export const POOLINGS = ['mean', 'cls', 'last_token', 'max', 'none'] as const;
/** How token vectors become one vector a row; `none` when the model's output is already one vector a row. */
export type Pooling = (typeof POOLINGS)[number];

/** What the device needs to load and run the model. Posted to the device worker. */
export type ModelWeights = {
  readonly name: string;
  readonly onnx: ByteRangeRef;
  readonly onnxPath: string;
  readonly dtype: Dtype;
  /** External data files, by the name under which the ONNX file refers to them. */
  readonly externalData: Readonly<Record<string, ByteRangeRef>>;
};

/** What the tokenizer workers need. */
export type TokenizerFiles = {
  /** Text of `tokenizer.json`. */
  readonly tokenizerJson: string;
  /** Text of `tokenizer_config.json`, or `{}`. */
  readonly tokenizerConfig: string;
};

/** How wide a model is, which decides the size of its largest tensors; 0 for what its config does not say. */
export type ModelWidths = {
  /** Attention heads. */
  readonly heads: number;
  /** Width of a token's vector. */
  readonly hidden: number;
  /** Width inside a feed-forward layer. */
  readonly intermediate: number;
};

/** What a classification model's outputs mean. */
export type ModelClasses = {
  /** By label index; null where the config does not name them. */
  readonly labels: readonly string[] | null;
  /** What suits the problem that the model was trained for. */
  readonly activation: Activation;
};

/** A model directory, read: what to load and how to use it. */
export type ModelInfo = {
  readonly name: string;
  readonly modelType: string;
  readonly widths: ModelWidths;
  /** How a picture becomes what a model of images reads; left out: it reads texts. What is said of tokens means nothing then. */
  readonly image?: ImageInput;
  readonly weights: ModelWeights;
  /** Why these weights and not others of the directory, in words for a person. */
  readonly weightsReason: string;
  readonly tokenizer: TokenizerFiles;
  /** Most tokens of a row, special tokens included. */
  readonly maxLength: number;
  /** Values of the vectors that a job gets of it; left out until it is loaded. */
  readonly vectorDims?: number;
  readonly padTokenId: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** Null unless the model is read for a task that gives labels; then `pooling` and `normalize` mean nothing. */
  readonly classes: ModelClasses | null;
  /** SHA-256 (hex) by path of the small files that decide the numbers (config, tokenizer, pooling); weights are hashed where they are loaded. */
  readonly fileSha256: Readonly<Record<string, string>>;
  /** Things taken by default that the user should know of (no pooling config, say). */
  readonly notes: readonly string[];
};
