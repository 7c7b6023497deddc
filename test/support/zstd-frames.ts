// Zstandard frames by hand (RFC 8878): Node 20 has no encoder. Real encoders' files are read in read-others.test.ts.

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const MOST_BLOCK_BYTES = 128 * 1024;

/** A frame with a window of 128 KiB that holds the bytes as they are. */
export function zstdStored(bytes: Uint8Array): Uint8Array {
  const parts = [...MAGIC, 0x00, 0x38];
  let at = 0;
  do {
    const block = bytes.subarray(at, at + 1000);
    at += block.length;
    parts.push(...blockHeader(at >= bytes.length, 0, block.length), ...block);
  } while (at < bytes.length);
  return Uint8Array.from(parts);
}

/** A frame of `blocks` blocks of `size` equal bytes each, 4 bytes a block. */
export function zstdRepeat(size: number, blocks: number): Uint8Array {
  if (size > MOST_BLOCK_BYTES) throw new RangeError('a block has at most 128 KiB');
  const parts = [...MAGIC, 0x00, 0x38];
  for (let block = 1; block <= blocks; block++) parts.push(...blockHeader(block === blocks, 1, size), 0x78);
  return Uint8Array.from(parts);
}

/** A frame that a reader passes over: 8 bytes and `size` more. */
export function skippableFrame(size: number): Uint8Array {
  return Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, size, 0, 0, 0, ...Array.from({ length: size }, () => 7)]);
}

function blockHeader(last: boolean, type: 0 | 1, size: number): number[] {
  const header = Number(last) | (type << 1) | (size << 3);
  return [header & 0xff, (header >> 8) & 0xff, (header >> 16) & 0xff];
}
