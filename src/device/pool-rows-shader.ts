import type { PoolingPlan } from './finish-plan.ts';
import type { FloatType } from './model-output.ts';
import { packVectorsShader } from './pack-vectors-shader.ts';
import { minNorm, scalesRows } from './pool-rows.ts';
import { laneReduction, shaderHead } from './shader-parts.ts';

/**
 * One compute pass from the hidden state to the rows that are read back, one workgroup a row:
 *
 * - hidden: `[rows, paddedLength, width]`, of which the first `dims` values a token are read;
 * - lengths: tokens of each row, which are the attention mask, as padding is on the right;
 * - result: `rows` vectors in the element asked for, each padded to whole words, then one word of flags a row;
 * - vectors (elements other than float32): `[rows, dims]` of float32, before they are packed.
 *
 * A sum over tokens adds sums of 32, and a norm is taken of the vector scaled to a largest value of 1: the error stays
 * near one rounding, and a norm neither overflows nor vanishes.
 */
export function poolRowsShader(plan: PoolingPlan, type: FloatType): string {
  const { pooling, dims, element } = plan;
  const normalize = scalesRows(plan);
  // float32 is pooled to where it is read back from.
  const vectors = element === 'float32' ? 'result' : 'vectors';
  return /* wgsl */ `
${shaderHead(type)}
const dims = ${dims}u;
${element === 'float32' ? 'const row_words = dims;' : packedRows}

fn pooled(first: u32, length: u32) -> f32 {
${poolTokens[pooling]}
}

fn finish_row(row: u32, lane: u32) {
  let start = row * shape.padded_length * shape.width;
  let to = row * dims;
  for (var d = lane; d < dims; d += lanes) {
    let bits = bitcast<u32>(pooled(start + d, lengths[row]));
    check_finite(bits);
    ${vectors}[to + d] = bits;
  }
${normalize ? normalizeRow(vectors) : ''}
${element === 'float32' ? '' : '  storageBarrier();\n  pack_row(row, lane);'}
}
${normalize ? laneReduction('max') + laneReduction('sum') : ''}
${element === 'float32' ? '' : packVectorsShader(element, dims)}`;
}

const packedRows = /* wgsl */ `
@group(0) @binding(4) var<storage, read_write> vectors: array<u32>;`;

const firstToken = /* wgsl */ `  return load(first);`;

const poolTokens = {
  none: firstToken,
  cls: firstToken,
  last_token: /* wgsl */ `  return load(first + (length - 1u) * shape.width);`,
  max: /* wgsl */ `
  var most = load(first);
  for (var token = 1u; token < length; token++) {
    most = max(most, load(first + token * shape.width));
  }
  return most;`,
  mean: /* wgsl */ `
  var sum = 0.0;
  for (var block = 0u; block < length; block += 32u) {
    var block_sum = 0.0;
    let end = min(block + 32u, length);
    for (var token = block; token < end; token++) {
      block_sum += load(first + token * shape.width);
    }
    sum += block_sum;
  }
  return sum / f32(length);`,
} as const satisfies Record<PoolingPlan['pooling'], string>;

/** A lane reads back only what it wrote itself, so the passes over the vector need no barrier of their own. */
function normalizeRow(vectors: string): string {
  return /* wgsl */ `
  var lane_peak = 0.0;
  for (var d = lane; d < dims; d += lanes) {
    lane_peak = max(lane_peak, abs(bitcast<f32>(${vectors}[to + d])));
  }
  let peak = max(max_of_lanes(lane, lane_peak), 1e-30);
  var lane_squares = 0.0;
  for (var d = lane; d < dims; d += lanes) {
    let scaled = bitcast<f32>(${vectors}[to + d]) / peak;
    lane_squares += scaled * scaled;
  }
  let root = sqrt(sum_of_lanes(lane, lane_squares));
  let short = peak * root < ${minNorm};
  for (var d = lane; d < dims; d += lanes) {
    let value = bitcast<f32>(${vectors}[to + d]);
    ${vectors}[to + d] = bitcast<u32>(select(value / peak / root, value / ${minNorm}, short));
  }`;
}
