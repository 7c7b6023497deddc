import type { Tensor } from 'onnxruntime-web';
import type { BatchInput } from '../core/batch.ts';
import type { ImageInput } from '../core/image-input.ts';
import type { Feeds } from './feed-builder.ts';
import { toFloat16Bits } from './float16.ts';
import type { Runtime } from './load-runtime.ts';
import type { FloatType } from './model-output.ts';

/** The input that a model of images has. */
export type PixelInput = { readonly name: string; readonly type: FloatType };

/**
 * Collates pictures: 8-bit planes to floats `[rows, 3, height, width]`, by a table of the 256 values of each channel. The floats are
 * those of Hugging Face's image processors: rescaled, then normalised, each step rounded to 32 bits.
 *
 * The array is used again by the next call, as that of `FeedBuilder`.
 */
export class PixelFeeds implements Feeds {
  readonly #runtime: Runtime;
  readonly #input: PixelInput;
  readonly #image: ImageInput;
  readonly #tables: readonly (Float32Array | Uint16Array)[];
  #buffer = new ArrayBuffer(0);

  constructor(runtime: Runtime, input: PixelInput, image: ImageInput) {
    this.#runtime = runtime;
    this.#input = input;
    this.#image = image;
    const tables = channelTables(image);
    this.#tables = input.type === 'float32' ? tables : tables.map(halves);
  }

  build({ pixels, lengths }: BatchInput): Record<string, Tensor> {
    if (pixels === undefined) throw new TypeError('a batch of texts for a model of images');
    const { name, type } = this.#input;
    const { width, height } = this.#image;
    const values = this.#values(pixels.bytes.length);
    const plane = width * height;
    for (let at = 0, channel = 0; at < values.length; channel = (channel + 1) % 3) {
      const table = this.#tables[channel]!;
      for (const end = at + plane; at < end; at++) values[at] = table[pixels.bytes[at]!]!;
    }
    return { [name]: new this.#runtime.Tensor(type, values, [lengths.length, 3, height, width]) };
  }

  #values(count: number): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
    const wide = this.#input.type === 'float32';
    const bytes = count * (wide ? 4 : 2);
    if (this.#buffer.byteLength < bytes) this.#buffer = new ArrayBuffer(bytes);
    return wide ? new Float32Array(this.#buffer, 0, count) : new Uint16Array(this.#buffer, 0, count);
  }
}

/** By channel, in the order of the planes: what each of the 256 values becomes. */
export function channelTables({ rescale, mean, std }: ImageInput): readonly Float32Array[] {
  const { fround } = Math;
  return mean.map((channelMean, channel) =>
    Float32Array.from({ length: 256 }, (_, value) =>
      fround(fround(fround(value * rescale) - fround(channelMean)) / fround(std[channel]!)),
    ),
  );
}

function halves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, toFloat16Bits);
}
