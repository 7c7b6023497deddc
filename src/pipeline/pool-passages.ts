import type { VectorElement, VectorOutput } from '../core/result-output.ts';
import { decodeFloat16 } from '../device/float16.ts';
import { packVectors } from '../device/pack-vectors.ts';

/** Vectors shorter than this are divided by it, as PyTorch's `normalize` does. */
const MIN_NORM = 1e-12;

export type PoolingOf = {
  /** What is stored. */
  readonly from: VectorOutput;
  /** What the pooled vectors become. */
  readonly element: VectorElement;
  /** Scale the vectors of several passages to length 1. */
  readonly normalize: boolean;
};

/**
 * One vector of several: the mean of the passages' vectors, each weighted by its own tokens t (special tokens left out; those that
 * two passages share count in both), v = (t1 v1 + … + tn vn) / (t1 + … + tn), then scaled to length 1 if the job normalises. The
 * vectors are those that `split` gives, cut and normalised. The vector of a single passage stays as it is. Sums are in float64.
 *
 * @param values the stored vectors, those of one row side by side
 * @param tokens of each
 * @param starts where those of each row begin; one more than there are rows
 */
export function poolPassages(
  values: Uint8Array<ArrayBuffer>,
  tokens: ArrayLike<number>,
  starts: ArrayLike<number>,
  { from, element, normalize }: PoolingOf,
): Uint8Array<ArrayBuffer> {
  const { dims } = from;
  const vectors =
    from.element === 'float16'
      ? decodeFloat16(new Uint16Array(values.slice().buffer))
      : new Float32Array(values.slice().buffer);
  const rows = starts.length - 1;
  const pooled = new Float32Array(rows * dims);
  const sum = new Float64Array(dims);
  for (let row = 0; row < rows; row++) {
    const first = starts[row]!;
    const end = starts[row + 1]!;
    if (end - first === 1) {
      pooled.set(vectors.subarray(first * dims, end * dims), row * dims);
      continue;
    }
    sum.fill(0);
    let weight = 0;
    for (let passage = first; passage < end; passage++) {
      const own = tokens[passage]!;
      weight += own;
      for (let d = 0; d < dims; d++) sum[d]! += own * vectors[passage * dims + d]!;
    }
    const scale = 1 / (normalize ? Math.max(lengthOf(sum), weight * MIN_NORM) : weight);
    for (let d = 0; d < dims; d++) pooled[row * dims + d] = sum[d]! * scale;
  }
  return packVectors(pooled, dims, element).bytes;
}

function lengthOf(vector: Float64Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}
