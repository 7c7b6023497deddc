import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ByteRange } from '../../src/core/byte-range.ts';
import { memoryByteRange } from '../../src/util/byte-range/memory-byte-range.ts';

/** A small file as a byte range. */
export function rangeOfFile(path: string): ByteRange {
  return memoryByteRange(basename(path), readFileSync(path));
}
