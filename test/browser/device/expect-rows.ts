import { expect } from 'vitest';
import type { BatchOutput } from '../../../src/core/batch.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

/** The rows are those expected: within 1e-5 a value, and within 1e-6 of the same direction. */
export function expectRows(output: BatchOutput, expected: readonly (readonly number[])[]): void {
  const values = vectorNumbers(output.values);
  const dims = output.rowBytes / 4;
  expect(values.length).toBe(expected.length * dims);
  for (const [row, vector] of expected.entries()) {
    expect(vector.length).toBe(dims);
    const got = values.subarray(row * dims, (row + 1) * dims);
    const worst = Math.max(...vector.map((value, d) => Math.abs(value - got[d]!)));
    expect(worst, `largest difference in row ${row}`).toBeLessThan(1e-5);
    expect(cosineDistance(vector, got), `cosine distance of row ${row}`).toBeLessThan(1e-6);
  }
}

function cosineDistance(a: readonly number[], b: Float32Array): number {
  const dot = a.reduce((sum, value, d) => sum + value * b[d]!, 0);
  return 1 - dot / (Math.hypot(...a) * Math.hypot(...b));
}
