import type { InputEncoding } from '../core/input-format.ts';

/** What Windows-1252 has from 0x80 to 0x9f and people write: the euro, quotes, dashes, dots, Š, Ž and Œ. */
const PUNCTUATION = new Set([
  0x80, 0x82, 0x84, 0x85, 0x8a, 0x8c, 0x8e, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9a, 0x9c, 0x9e,
  0x9f,
]);

/** Fewer bytes than this that are no UTF-8 are damage in a file that is: the rows that have them are told one by one. */
const MIN_HIGH_BYTES = 3;

/**
 * The encoding of a text without a byte order mark, from its first bytes. UTF-16 has a zero in every other byte of
 * western text. Windows-1252 is taken for one only when nothing in the sample looks like UTF-8, broken or not, so that a
 * damaged row of a UTF-8 file stays a damaged row.
 * @param whole true when nothing follows the sample
 * @param before what the text was before it was mended, which it is still unless the sample tells otherwise: mended, it may
 * have lost the letters that told it
 */
export function guessEncoding(
  sample: Uint8Array,
  whole: boolean,
  before: InputEncoding | null = null,
): InputEncoding {
  const utf16 = guessUtf16(sample);
  if (utf16 !== null) return utf16;
  if (!isUtf8(sample, whole) && looksLikeWindows1252(sample)) return 'windows-1252';
  if (before === 'windows-1252' && !(isUtf8(sample, whole) && sample.some((byte) => byte >= 0x80)))
    return before;
  // Text of other scripts has few zeros.
  return before !== null && before !== 'windows-1252' && sample.includes(0) ? before : 'utf-8';
}

function guessUtf16(sample: Uint8Array): InputEncoding | null {
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i % 2]!++;
  const [even, odd] = zeros as [number, number];
  const units = sample.length >> 1;
  if (units === 0) return null;
  if (odd > units * 0.4 && even < units * 0.05) return 'utf-16le';
  return even > units * 0.4 && odd < units * 0.05 ? 'utf-16be' : null;
}

function isUtf8(sample: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

function looksLikeWindows1252(sample: Uint8Array): boolean {
  let high = 0;
  let besideLetters = 0;
  for (let i = 0; i < sample.length; i++) {
    const byte = sample[i]!;
    if (byte < 0x80) continue;
    const next = sample[i + 1] ?? 0x20;
    const isPlausible = byte >= 0xa0 ? byte < 0xfe : PUNCTUATION.has(byte);
    const looksLikeUtf8 = byte >= 0xc2 && byte < 0xf5 && next >= 0x80 && next < 0xc0;
    if (!isPlausible || looksLikeUtf8) return false;
    high++;
    if (isLetter(sample[i - 1] ?? 0) || isLetter(next)) besideLetters++;
  }
  return high >= MIN_HIGH_BYTES && besideLetters * 2 >= high;
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
