import { HASH_WORDS } from '../core/example-hash.ts';
import { mixBits, rotateLeft } from '../util/murmur3.ts';
import type { WindowExamples } from './gather-batch.ts';

/**
 * A hash of 128 bits of each example's token ids, one after the other (MurmurHash3 for 32-bit machines). Two different texts
 * of ten million share one with a chance of about 1e-25. Not made to withstand texts chosen to collide.
 * @returns null where examples are not made of token ids
 */
export function hashExamples({ tokenIds, lengths, starts }: WindowExamples): Uint32Array<ArrayBuffer> | null {
  if (tokenIds.length === 0) return null;
  const hashes = new Uint32Array(lengths.length * HASH_WORDS);
  for (let example = 0; example < lengths.length; example++) {
    const start = starts[example]!;
    const length = lengths[example]!;
    hash128(tokenIds, start, length, hashes, example * HASH_WORDS);
  }
  return hashes;
}

function hash128(ids: Int32Array, start: number, length: number, to: Uint32Array, at: number): void {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = length & ~3;
  for (let i = start; i < start + whole; i += 4) {
    a = (Math.imul(rotateLeft(a ^ mixA(ids[i]!), 19) + b, 5) + 0x561ccd1b) | 0;
    b = (Math.imul(rotateLeft(b ^ mixB(ids[i + 1]!), 17) + c, 5) + 0x0bcaa747) | 0;
    c = (Math.imul(rotateLeft(c ^ mixC(ids[i + 2]!), 15) + d, 5) + 0x96cd1c35) | 0;
    d = (Math.imul(rotateLeft(d ^ mixD(ids[i + 3]!), 13) + a, 5) + 0x32ac3b17) | 0;
  }
  const rest = start + whole;
  if (length > whole) a ^= mixA(ids[rest]!);
  if (length > whole + 1) b ^= mixB(ids[rest + 1]!);
  if (length > whole + 2) c ^= mixC(ids[rest + 2]!);
  const bytes = length * 4;
  a ^= bytes;
  b ^= bytes;
  c ^= bytes;
  d ^= bytes;
  a = (a + b + c + d) | 0;
  b = (b + a) | 0;
  c = (c + a) | 0;
  d = (d + a) | 0;
  a = mixBits(a);
  b = mixBits(b);
  c = mixBits(c);
  d = mixBits(d);
  a = (a + b + c + d) | 0;
  to[at] = a;
  to[at + 1] = b + a;
  to[at + 2] = c + a;
  to[at + 3] = d + a;
}

const mixA = (word: number) => Math.imul(rotateLeft(Math.imul(word, 0x239b961b), 15), 0xab0e9789);
const mixB = (word: number) => Math.imul(rotateLeft(Math.imul(word, 0xab0e9789), 16), 0x38b34ae5);
const mixC = (word: number) => Math.imul(rotateLeft(Math.imul(word, 0x38b34ae5), 17), 0xa1e38b93);
const mixD = (word: number) => Math.imul(rotateLeft(Math.imul(word, 0xa1e38b93), 18), 0x239b961b);
