import type { BatchInput } from '../core/batch.ts';
import type { DeviceLoadRequest } from '../core/device-info.ts';
import type { ImageInput } from '../core/image-input.ts';

/** What a first run depends on. */
export type WarmUpFor = Pick<DeviceLoadRequest, 'padTokenId' | 'image'>;

/** Two rows, long enough to meet the kernels that real ones use. */
const ROWS = 2;
const TOKENS = 16;
const GREY = 128;

/** A batch of filler for the first run: two short texts, or two grey pictures. */
export function warmUpBatch({ padTokenId, image }: WarmUpFor): BatchInput {
  if (image !== undefined) return pictures(image, () => GREY);
  return {
    tokenIds: new Int32Array(ROWS * TOKENS).fill(padTokenId),
    lengths: new Uint32Array(ROWS).fill(TOKENS),
    paddedLength: TOKENS,
  };
}

/** Another one, of what is no filler: the first tokens of a vocabulary, or pictures of every shade. */
export function variedBatch(request: WarmUpFor): BatchInput {
  if (request.image !== undefined) return pictures(request.image, (at) => (at * 7) % 256);
  const filler = warmUpBatch(request);
  return { ...filler, tokenIds: filler.tokenIds.map((_, index) => 1 + (index % TOKENS)) };
}

function pictures({ width, height, tokens }: ImageInput, shade: (at: number) => number): BatchInput {
  const each = 3 * width * height;
  return {
    tokenIds: new Int32Array(0),
    lengths: new Uint32Array(ROWS).fill(tokens),
    paddedLength: tokens,
    pixels: { bytes: Uint8Array.from({ length: ROWS * each }, (_, at) => shade(at)), each },
  };
}
