import type { BatchInput } from '../../../src/core/batch.ts';
import type { Pooling } from '../../../src/core/model-info.ts';

type Rules = {
  /** Width of the table. */
  readonly dims: number;
  /** Values kept of each; left out: all. */
  readonly kept?: number;
  readonly pooling: Exclude<Pooling, 'none'>;
  readonly normalize: boolean;
};

/** What the lookup model's rows are by the definitions, in doubles and without an eye on speed. */
export function referenceRows(
  table: Float32Array,
  batch: BatchInput,
  { dims, kept = dims, pooling, normalize }: Rules,
): number[][] {
  let start = 0;
  return Array.from(batch.lengths, (length) => {
    const tokens = Array.from(batch.tokenIds.subarray(start, (start += length)), (id) => [
      ...table.subarray(id * dims, (id + 1) * dims),
    ]);
    const row = Array.from({ length: kept }, (_, d) =>
      poolColumn(
        tokens.map((token) => token[d]!),
        pooling,
      ),
    );
    const norm = normalize ? Math.max(Math.hypot(...row), 1e-12) : 1;
    return row.map((value) => value / norm);
  });
}

function poolColumn(values: readonly number[], pooling: Rules['pooling']): number {
  switch (pooling) {
    case 'mean':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'max':
      return Math.max(...values);
    case 'cls':
      return values[0]!;
    case 'last_token':
      return values.at(-1)!;
  }
}
