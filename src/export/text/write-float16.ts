import { float16ToNumber } from '../../util/float16.ts';

/** Most bytes that `writeFloat16` writes for one value. */
export const FLOAT16_TEXT_BYTES = 15;

const SLOT = 16;
/** The text of every half that was asked for, by its bits: the length, then the characters. */
let texts: Uint8Array | undefined;

/**
 * Writes a finite half, given by its bits, as the shortest JSON number that reads back as the same half.
 * @param bytes has `FLOAT16_TEXT_BYTES` free at `at`.
 * @returns the position after the number.
 */
export function writeFloat16(bytes: Uint8Array, at: number, bits: number): number {
  texts ??= new Uint8Array(SLOT << 16);
  const slot = bits * SLOT;
  if (texts[slot] === 0) {
    const text = shortest(bits);
    texts[slot] = text.length;
    for (let i = 0; i < text.length; i++) texts[slot + 1 + i] = text.charCodeAt(i);
  }
  const length = texts[slot]!;
  for (let i = 1; i <= length; i++) bytes[at++] = texts[slot + i]!;
  return at;
}

function shortest(bits: number): string {
  const magnitude = bits & 0x7fff;
  // Readers that tell integers apart take "-0" for the integer that has no sign.
  if (magnitude === 0) return bits === 0 ? '0' : '-0.0';
  const value = float16ToNumber(magnitude);
  // Nearer to this half than half-way to its neighbours; the largest half has none above but rounds as if it had.
  const below = (value - float16ToNumber(magnitude - 1)) / 2;
  const above = magnitude === 0x7bff ? 16 : (float16ToNumber(magnitude + 1) - value) / 2;
  let text = String(value);
  for (let precision = 1; precision < 6; precision++) {
    const shorter = Number(value.toPrecision(precision));
    if (shorter - value < above && value - shorter < below) {
      text = String(shorter);
      break;
    }
  }
  return bits === magnitude ? text : `-${text}`;
}
