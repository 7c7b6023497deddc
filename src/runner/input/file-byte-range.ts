import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ByteRange } from '../../core/byte-range.ts';

/** A file of this machine, opened for each slice: for the few that are looked into here. */
export async function fileByteRange(path: string): Promise<ByteRange> {
  const { size } = await stat(path);
  return {
    name: basename(path),
    byteLength: size,
    async slice(start, end) {
      const bytes = new Uint8Array(Math.max(Math.min(end, size) - Math.min(start, size), 0));
      const handle = await open(path, 'r');
      try {
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        return bytesRead === bytes.length ? bytes : bytes.slice(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
}
