import type { Tensor } from 'onnxruntime-web';
import type { BatchInput } from '../core/batch.ts';
import type { Runtime } from './load-runtime.ts';
import type { TokenInput, TokenInputName } from './model-inputs.ts';

/** Collates batches into what a model is fed. */
export interface Feeds {
  build(batch: BatchInput): Record<string, Tensor>;
}

/**
 * Collates a batch: rows of token ids to feeds of dims `[rows, paddedLength]`, padded on the right.
 *
 * The arrays are used again by the next call: build, run and wait for the run before building again. ONNX Runtime copies
 * CPU tensors into its own memory before a run starts (wasm-core-impl.ts, `prepareInputOutputTensor`).
 */
export class FeedBuilder implements Feeds {
  readonly #runtime: Runtime;
  readonly #inputs: readonly { readonly input: TokenInput; readonly matrix: TokenMatrix }[];
  readonly #padTokenId: number;

  /** @param padTokenId not negative */
  constructor(runtime: Runtime, inputs: readonly TokenInput[], padTokenId: number) {
    if (!Number.isInteger(padTokenId) || padTokenId < 0) {
      throw new RangeError(`padTokenId must be a token id, got ${padTokenId}`);
    }
    this.#runtime = runtime;
    this.#inputs = inputs.map((input) => ({ input, matrix: new TokenMatrix(input.type) }));
    this.#padTokenId = padTokenId;
  }

  build(batch: BatchInput): Record<string, Tensor> {
    const { lengths, paddedLength } = batch;
    const dims = [lengths.length, paddedLength];
    const feeds: Record<string, Tensor> = {};
    for (const { input, matrix } of this.#inputs) {
      const { words, stride } = matrix.reset(lengths.length * paddedLength, this.#filler(input.name));
      if (input.name !== 'token_type_ids') writeRows(words, stride, batch, input.name === 'input_ids');
      feeds[input.name] = new this.#runtime.Tensor(input.type, matrix.values(), dims);
    }
    return feeds;
  }

  #filler(name: TokenInputName): number {
    return name === 'input_ids' ? this.#padTokenId : 0;
  }
}

function writeRows(words: Int32Array, stride: number, batch: BatchInput, ids: boolean): void {
  const { tokenIds, lengths, paddedLength } = batch;
  let from = 0;
  for (let row = 0; row < lengths.length; row++) {
    let to = row * paddedLength * stride;
    for (const end = from + lengths[row]!; from < end; from++, to += stride)
      words[to] = ids ? tokenIds[from]! : 1;
  }
}

/** Integers of either width, written as 32-bit words: making a BigInt for every token costs more than the copy. */
class TokenMatrix {
  readonly #wide: boolean;
  #buffer = new ArrayBuffer(0);
  #count = 0;

  constructor(type: TokenInput['type']) {
    this.#wide = type === 'int64';
  }

  /** `count` values, all `filler`. Value i is at word `i * stride`; low words come first on every platform of WebAssembly. */
  reset(count: number, filler: number): { readonly words: Int32Array; readonly stride: number } {
    const bytes = count * (this.#wide ? 8 : 4);
    if (this.#buffer.byteLength < bytes) this.#buffer = new ArrayBuffer(bytes);
    this.#count = count;
    const values = this.values();
    if (values instanceof BigInt64Array) values.fill(BigInt(filler));
    else values.fill(filler);
    return { words: new Int32Array(this.#buffer), stride: this.#wide ? 2 : 1 };
  }

  values(): BigInt64Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
    return this.#wide
      ? new BigInt64Array(this.#buffer, 0, this.#count)
      : new Int32Array(this.#buffer, 0, this.#count);
  }
}
