import type { ChunkExamples } from '../../core/examples.ts';
import type { ImageInput } from '../../core/image-input.ts';
import type { QuarantineRecord } from '../../core/quarantine.ts';
import { readImageHeader } from '../../util/image/read-image-header.ts';
import { decodeImage } from './decode-image.ts';
import { fitImage } from './fit-image.ts';

/**
 * One example a picture. One that cannot be decoded is rejected as `ROW_BAD_IMAGE`.
 * @param names of the files, for messages; null where pictures come out of a column
 */
export async function prepareImages(
  input: ImageInput,
  rows: Uint32Array,
  images: readonly Uint8Array<ArrayBuffer>[],
  names: readonly string[] | null,
  chunk: number,
): Promise<ChunkExamples> {
  const each = 3 * input.width * input.height;
  const planes = new Uint8Array(images.length * each);
  const rowIndex = new Uint32Array(images.length);
  const rejects: QuarantineRecord[] = [];
  let examples = 0;
  for (const [index, image] of images.entries()) {
    const reason = await prepareOne(image, input, planes.subarray(examples * each, (examples + 1) * each));
    if (reason === null) {
      rowIndex[examples++] = index;
      continue;
    }
    const message = `${names?.[index] ?? 'the picture'} cannot be decoded: ${reason}`;
    rejects.push({ row: rows[index]!, id: null, code: 'ROW_BAD_IMAGE', message, attempts: 0 });
  }
  return {
    chunk,
    rowIndex: rowIndex.slice(0, examples),
    lengths: new Uint32Array(examples).fill(input.tokens),
    tokenIds: new Int32Array(0),
    pixels: { bytes: examples === images.length ? planes : planes.slice(0, examples * each), each },
    rejects,
    truncated: 0,
  };
}

/** Why the picture could not be decoded; null when it was. */
async function prepareOne(
  image: Uint8Array<ArrayBuffer>,
  input: ImageInput,
  planes: Uint8Array,
): Promise<string | null> {
  const header = readImageHeader(image);
  if (typeof header === 'string') return header;
  try {
    fitImage(await decodeImage(image, header), input, planes);
    return null;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return `${header.kind.toUpperCase()} of ${image.length} bytes: ${reason}`;
  }
}
