import type { ContenderSetup, Measured } from './contender.ts';
import { serveCalls } from './serve-calls.ts';

/** As much of transformers.js as is used here; it is installed on demand and served beside the page. */
type Extractor = {
  (texts: readonly string[], options: object): Promise<{ readonly data: Float32Array; dispose(): void }>;
  readonly tokenizer: (
    texts: readonly string[],
    options: object,
  ) => {
    readonly attention_mask: { readonly data: BigInt64Array; readonly dims: readonly number[] };
  };
};

const LIBRARY = '/rival/@huggingface/transformers/dist/transformers.js';
const WASM = '/rival/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify';

type TokenCounts = Pick<Measured, 'tokens' | 'paddedTokens'>;

let texts: readonly string[] = [];
let extractor: Extractor;

serveCalls({
  /** Loads the model with `dtype: fp32` from local files only, as its documentation says. */
  async setup(setup: ContenderSetup): Promise<void> {
    const { pipeline, env } = await import(/* @vite-ignore */ LIBRARY);
    const at = setup.modelUrl.lastIndexOf('/', setup.modelUrl.length - 2) + 1;
    env.allowRemoteModels = false;
    env.allowLocalModels = true;
    env.localModelPath = setup.modelUrl.slice(0, at);
    env.useBrowserCache = false;
    env.useWasmCache = false;
    env.backends.onnx.wasm.numThreads = setup.device.threads;
    const origin = globalThis.location.origin;
    env.backends.onnx.wasm.wasmPaths = { mjs: `${origin}${WASM}.mjs`, wasm: `${origin}${WASM}.wasm` };
    texts = setup.texts;
    extractor = await pipeline('feature-extraction', setup.modelUrl.slice(at, -1), {
      device: setup.device.provider,
      dtype: 'fp32',
    });
  },

  /** Runs the texts in their order, a batch a call, and stops after `maxSeconds`. */
  async measure(options: {
    readonly batchSize: number;
    readonly maxSeconds: number;
  }): Promise<Omit<Measured, keyof TokenCounts>> {
    const { batchSize, maxSeconds } = options;
    let rows = 0;
    let checksum = 0;
    const started = performance.now();
    while (rows < texts.length && performance.now() - started < maxSeconds * 1000) {
      const batch = texts.slice(rows, rows + batchSize);
      const output = await extractor(batch, { pooling: 'mean', normalize: true });
      checksum += output.data.reduce((sum, value) => sum + value, 0);
      output.dispose();
      rows += batch.length;
    }
    const seconds = (performance.now() - started) / 1000;
    return { rows, seconds, checksum, attended: 0 };
  },

  /** Tokens of the first `rows` texts in such batches, before padding and with it; apart, so that it is not timed. */
  async tokens(of: { readonly rows: number; readonly batchSize: number }): Promise<TokenCounts> {
    return countTokens(of.rows, of.batchSize);
  },
});

function countTokens(rows: number, batchSize: number): TokenCounts {
  let tokens = 0;
  let paddedTokens = 0;
  for (let at = 0; at < rows; at += batchSize) {
    const batch = texts.slice(at, Math.min(rows, at + batchSize));
    const { data } = extractor.tokenizer(batch, { padding: true, truncation: true }).attention_mask;
    paddedTokens += data.length;
    tokens += data.reduce((sum, value) => sum + Number(value), 0);
  }
  return { tokens, paddedTokens };
}
