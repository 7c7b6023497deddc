const EXPONENT = 0x7c00;
const FRACTION = 0x03ff;

/** The value of an IEEE 754 half, given by its bits. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits & EXPONENT) >> 10;
  const fraction = bits & FRACTION;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 25) * (fraction + 1024);
}
