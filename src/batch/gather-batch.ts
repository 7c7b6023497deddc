import type { BatchInput } from '../core/batch.ts';
import type { PixelData } from '../core/image-input.ts';

/**
 * Examples of a window: token ids one after the other; example i is `[starts[i], starts[i] + lengths[i])`. Or pixels, of which
 * example i has `[starts[i], starts[i] + pixels.each)`, and then there are no token ids.
 */
export type WindowExamples = {
  readonly tokenIds: Int32Array;
  readonly lengths: Uint32Array;
  readonly starts: Uint32Array;
  readonly pixels?: PixelData;
};

/** Copies the named examples into a message for the device; the window keeps its own. */
export function gatherBatch(window: WindowExamples, examples: Uint32Array, paddedLength: number): BatchInput {
  const lengths = new Uint32Array(examples.length);
  let total = 0;
  for (const [i, example] of examples.entries()) {
    const length = window.lengths[example]!;
    lengths[i] = length;
    total += length;
  }
  if (window.pixels !== undefined) {
    const pixels = gatherPixels(window.pixels, window.starts, examples);
    return { tokenIds: new Int32Array(0), lengths, paddedLength, pixels };
  }
  const tokenIds = new Int32Array(total);
  let at = 0;
  for (const [i, example] of examples.entries()) {
    const start = window.starts[example]!;
    tokenIds.set(window.tokenIds.subarray(start, start + lengths[i]!), at);
    at += lengths[i]!;
  }
  return { tokenIds, lengths, paddedLength };
}

function gatherPixels({ bytes, each }: PixelData, starts: Uint32Array, examples: Uint32Array): PixelData {
  const gathered = new Uint8Array(examples.length * each);
  for (const [i, example] of examples.entries()) {
    const start = starts[example]!;
    gathered.set(bytes.subarray(start, start + each), i * each);
  }
  return { bytes: gathered, each };
}
