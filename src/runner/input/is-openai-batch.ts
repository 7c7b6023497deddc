import { constants, gunzipSync } from 'node:zlib';
import { looksLikeBatch } from '../../core/openai/looks-like-batch.ts';
import { fileByteRange } from './file-byte-range.ts';

const START_BYTES = 64 * 1024;

/** Whether the first of these JSON Lines files that has any bytes begins like OpenAI Batch requests; gzip is looked through. */
export async function isOpenaiBatch(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const file = await fileByteRange(path);
    if (file.byteLength === 0) continue;
    const start = await file.slice(0, START_BYTES);
    return looksLikeBatch(new TextDecoder().decode(unpacked(start)));
  }
  return false;
}

function unpacked(start: Uint8Array): Uint8Array {
  if (start[0] !== 0x1f || start[1] !== 0x8b) return start;
  try {
    // The start of a file that goes on.
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * START_BYTES });
  } catch {
    // Whatever is wrong with it is told when it is read.
    return new Uint8Array(0);
  }
}
