import type { BatchOutput } from '../core/batch.ts';
import { resultRowBytes } from '../core/result-output.ts';
import type { PoolingPlan } from './finish-plan.ts';
import { packVectors } from './pack-vectors.ts';

/** Vectors shorter than this are divided by it, as PyTorch's `normalize` does. */
export const minNorm = 1e-12;

/** A vector's length does not change the signs of its values, and they are all that `binary` keeps. */
export function scalesRows({ normalize, element }: Pick<PoolingPlan, 'normalize' | 'element'>): boolean {
  return normalize && element !== 'binary';
}

/**
 * One vector a row on the CPU, by the same rules as the kernel of pool-rows-shader.ts. Sums are kept in 64 bits.
 *
 * @param hidden `[rows, paddedLength, width]`, or `[rows, width]` with pooling `none`
 * @param lengths tokens of each row; what follows them is padding and is not read
 */
export function poolRows(hidden: Float32Array, lengths: Uint32Array, plan: PoolingPlan): BatchOutput {
  const { width, dims, pooling, element } = plan;
  const normalize = scalesRows(plan);
  const rows = lengths.length;
  const rowStride = hidden.length / rows;
  const values = new Float32Array(rows * dims);
  const notFinite: number[] = [];
  const pooled = new Float64Array(dims);
  for (let row = 0; row < rows; row++) {
    const length = lengths[row]!;
    const first = pooling === 'last_token' ? length - 1 : 0;
    const last = pooling === 'mean' || pooling === 'max' ? length - 1 : first;
    const tokens = hidden.subarray(row * rowStride + first * width, row * rowStride + (last + 1) * width);
    const finite = pooling === 'max' ? maxTokens(tokens, width, pooled) : addTokens(tokens, width, pooled);
    if (!finite) notFinite.push(row);
    const divisor =
      (pooling === 'mean' ? length : 1) * (normalize ? norm(pooled, pooling === 'mean' ? length : 1) : 1);
    for (let d = 0, to = row * dims; d < dims; d++, to++) values[to] = pooled[d]! / divisor;
  }
  const packed = packVectors(values, dims, element);
  return {
    values: packed.bytes,
    rowBytes: resultRowBytes({ kind: 'vector', dims, element }),
    notFinite,
    outOfRange: packed.outOfRange.filter((row) => !notFinite.includes(row)),
  };
}

/**
 * Adds up the tokens, four dimensions at a time: their sums stay in registers, which takes half the time. The order of the
 * additions is the same for any number at a time.
 * @returns false when a value was not finite: then a sum in 64 bits, which 32-bit values cannot overflow, is not either
 */
function addTokens(tokens: Float32Array, width: number, sums: Float64Array): boolean {
  const dims = sums.length;
  const byFour = dims - (dims % 4);
  for (let d = 0; d < byFour; d += 4) {
    let [a, b, c, e] = [0, 0, 0, 0];
    for (let at = d; at < tokens.length; at += width) {
      a += tokens[at]!;
      b += tokens[at + 1]!;
      c += tokens[at + 2]!;
      e += tokens[at + 3]!;
    }
    sums[d] = a;
    sums[d + 1] = b;
    sums[d + 2] = c;
    sums[d + 3] = e;
  }
  for (let d = byFour; d < dims; d++) {
    let sum = 0;
    for (let at = d; at < tokens.length; at += width) sum += tokens[at]!;
    sums[d] = sum;
  }
  for (const sum of sums) if (!Number.isFinite(sum)) return false;
  return true;
}

function maxTokens(tokens: Float32Array, width: number, most: Float64Array): boolean {
  const dims = most.length;
  let zero = 0;
  most.fill(Number.NEGATIVE_INFINITY);
  for (let start = 0; start < tokens.length; start += width) {
    for (let d = 0; d < dims; d++) {
      const value = tokens[start + d]!;
      if (value > most[d]!) most[d] = value;
      zero += value - value;
    }
  }
  return zero === 0;
}

/** L2 norm of `vector / count`, at least {@link minNorm}. */
function norm(vector: Float64Array, count: number): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.max(Math.sqrt(squares) / count, minNorm);
}
