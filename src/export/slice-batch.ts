import { resultRowBytes, type ResultOutput } from '../core/result-output.ts';
import type { ResultBatch } from '../core/result-schema.ts';

/** Rows `[start, end)` of a batch, over the same bytes. */
export function sliceBatch(
  batch: ResultBatch,
  output: ResultOutput,
  start: number,
  end: number,
): ResultBatch {
  if (start === 0 && end >= batch.rows.length) return batch;
  const rowBytes = resultRowBytes(output);
  const kept = Object.entries(batch.kept).map(([name, texts]) => [name, texts.slice(start, end)] as const);
  return {
    rows: batch.rows.subarray(start, end),
    kept: Object.fromEntries(kept),
    values: batch.values.subarray(start * rowBytes, end * rowBytes),
    ...(batch.tokens === undefined ? {} : { tokens: batch.tokens.subarray(start, end) }),
  };
}
