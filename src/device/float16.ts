/**
 * The half-precision bits of a 32-bit float given by its own bits, rounded to the nearest, ties to even (IEEE 754); what is
 * larger than 65504 after rounding becomes infinite.
 */
export function toFloat16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x4780_0000) return sign | 0x7c00;
  if (magnitude >= 0x3880_0000) {
    const rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
    return sign | ((rounded - 0x3800_0000) >> 13);
  }
  // A subnormal: in units of 2^-24.
  const shift = Math.min(126 - (magnitude >> 23), 25);
  const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
  const units = mantissa >> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (units + (rest > half || (rest === half && units % 2 === 1) ? 1 : 0));
}

/** IEEE 754 half-precision bit patterns to 32-bit floats; every value is kept, subnormals, infinities and NaN too. */
export function decodeFloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    if (exponent === 0) values[i] = (sign === 0 ? mantissa : -mantissa) * 2 ** -24;
    else words[i] = sign | (exponent === 0x1f ? 0x7f80_0000 : (exponent + 112) << 23) | (mantissa << 13);
  }
  return values;
}
