import { sha256Hex } from './sha256.ts';
import { Sha256Stream } from './sha256-stream.ts';

/** What is hashed at once, by the platform and ten times faster than piece by piece. */
const MOST_HELD_BYTES = 128 * 1024 * 1024;
const PIECE_BYTES = 8 * 1024 * 1024;

/** SHA-256 (lower-case hex) of a blob of any size. @param onAlive called after each piece of a large one */
export async function blobSha256(blob: Blob, onAlive: () => void): Promise<string> {
  if (blob.size <= MOST_HELD_BYTES) return sha256Hex(new Uint8Array(await blob.arrayBuffer()));
  const stream = new Sha256Stream();
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    stream.update(new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer()));
    onAlive();
  }
  return stream.finishHex();
}
