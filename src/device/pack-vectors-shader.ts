import type { VectorElement } from '../core/result-output.ts';

/** Elements that are not written by the pooling itself. */
export type PackedElement = Exclude<VectorElement, 'float32'>;

const valuesInWord: Readonly<Record<PackedElement, number>> = { float16: 2, int8: 4, binary: 32 };

/**
 * WGSL that packs a row of `vectors` into whole words of `result`. By integer arithmetic where rounding matters: WGSL leaves
 * open to which neighbour `pack2x16float` rounds, and what it makes of values that float16 cannot hold. Needs no `shader-f16`.
 *
 * @param dims values of a vector; what is left of the last word is 0
 */
export function packVectorsShader(element: PackedElement, dims: number): string {
  return /* wgsl */ `
const row_words = ${Math.ceil(dims / valuesInWord[element])}u;

${packValue[element]}

fn pack_row(row: u32, lane: u32) {
  let first = row * ${dims}u;
  for (var word = lane; word < row_words; word += lanes) {
    var packed = 0u;
    for (var i = 0u; i < ${valuesInWord[element]}u; i++) {
      let d = word * ${valuesInWord[element]}u + i;
      if (d < ${dims}u) { packed |= pack_value(vectors[first + d], i); }
    }
    result[row * row_words + word] = packed;
  }
}`;
}

const packValue = {
  float16: /* wgsl */ `
fn float16_bits(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x47800000u) { return sign | 0x7c00u; }
  if (magnitude >= 0x38800000u) {
    let rounded = magnitude + 0xfffu + ((magnitude >> 13u) & 1u);
    return sign | ((rounded - 0x38000000u) >> 13u);
  }
  let shift = min(126u - (magnitude >> 23u), 25u);
  let mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  let units = mantissa >> shift;
  let rest = mantissa & ((1u << shift) - 1u);
  let half = 1u << (shift - 1u);
  let up = rest > half || (rest == half && (units & 1u) == 1u);
  return sign | (units + select(0u, 1u, up));
}

fn pack_value(bits: u32, place: u32) -> u32 {
  let half = float16_bits(bits);
  if ((half & 0x7c00u) == 0x7c00u) { lane_flags |= out_of_range; }
  return half << (16u * place);
}`,
  int8: /* wgsl */ `
fn pack_value(bits: u32, place: u32) -> u32 {
  let scaled = clamp(bitcast<f32>(bits), -1.0, 1.0) * 127.0;
  return (bitcast<u32>(i32(round(scaled))) & 0xffu) << (8u * place);
}`,
  binary: /* wgsl */ `
fn pack_value(bits: u32, place: u32) -> u32 {
  // Above 0 as a float where it is as an integer.
  return select(0u, 1u << ((place & 0x18u) + 7u - (place & 7u)), bitcast<i32>(bits) > 0);
}`,
} as const satisfies Record<PackedElement, string>;
