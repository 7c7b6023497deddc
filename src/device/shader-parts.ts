import type { FloatType } from './model-output.ts';
import { ROW_FLAG } from './row-flags.ts';

/** Threads that share a row. Each takes every 128th value, so neighbours read neighbours. */
const workgroupSize = 128;

/** Bytes of the uniform `Shape`: rows, paddedLength, width, and one word of filler. */
export const shapeBytes = 16;

/**
 * What the kernels that finish rows have in common: their bindings and the loading of the model's output, as float32 or as
 * float16 two to a word (which needs no `shader-f16`). One workgroup a row. Values are tested for NaN and infinity by their
 * bits: WGSL lets a compiler assume that neither exists (spec, "Floating Point Evaluation").
 */
export function shaderHead(type: FloatType): string {
  return /* wgsl */ `
struct Shape { rows: u32, padded_length: u32, width: u32, filler: u32 }

@group(0) @binding(0) var<storage, read> hidden: array<u32>;
@group(0) @binding(1) var<storage, read> lengths: array<u32>;
@group(0) @binding(2) var<uniform> shape: Shape;
@group(0) @binding(3) var<storage, read_write> result: array<u32>;

const lanes = ${workgroupSize}u;
const exponent_bits = 0x7f800000u;
const not_finite = ${ROW_FLAG.notFinite}u;
const out_of_range = ${ROW_FLAG.outOfRange}u;

var<workgroup> partial: array<f32, lanes>;
var<workgroup> flags: atomic<u32>;
var<private> lane_flags = 0u;

fn check_finite(bits: u32) {
  if ((bits & exponent_bits) == exponent_bits) { lane_flags |= not_finite; }
}

${type === 'float16' ? loadFloat16 : loadFloat32}

@compute @workgroup_size(lanes)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= shape.rows) { return; }
  finish_row(row, lane);
  if (lane_flags != 0u) { atomicOr(&flags, lane_flags); }
  workgroupBarrier();
  if (lane == 0u) { result[shape.rows * row_words + row] = atomicLoad(&flags); }
}
`;
}

const loadFloat32 = /* wgsl */ `
fn load(at: u32) -> f32 {
  let bits = hidden[at];
  check_finite(bits);
  return bitcast<f32>(bits);
}`;

const loadFloat16 = /* wgsl */ `
fn load(at: u32) -> f32 {
  let pair = hidden[at / 2u];
  let odd = at % 2u;
  let bits = (pair >> (16u * odd)) & 0xffffu;
  // An exponent of all ones, moved to where float32 has it.
  check_finite(select(0u, exponent_bits, (bits & 0x7c00u) == 0x7c00u));
  let values = unpack2x16float(pair);
  return select(values.x, values.y, odd == 1u);
}`;

/** WGSL of `max_of_lanes` or `sum_of_lanes`: of the values that each lane gives, what all of them get. */
export function laneReduction(kind: 'max' | 'sum'): string {
  const combined =
    kind === 'max' ? 'max(partial[lane], partial[lane + half])' : 'partial[lane] + partial[lane + half]';
  return /* wgsl */ `
fn ${kind}_of_lanes(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[lane] = ${combined}; }
    workgroupBarrier();
  }
  let all = partial[0];
  workgroupBarrier();
  return all;
}`;
}
