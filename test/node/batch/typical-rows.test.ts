import { describe, expect, test } from 'vitest';
import { fitRunTimes } from '../../../src/batch/fit-run-times.ts';
import { takeRows, typicalRows } from '../../../src/batch/typical-rows.ts';

describe('typicalRows', () => {
  test('are those from the row on at which half of the tokens are reached, longest first', () => {
    // 20 + 9 of 58 tokens are half of them.
    const { paddedLength, examples } = typicalRows(Uint32Array.of(3, 9, 3, 5, 9, 20, 9));
    expect(paddedLength).toBe(9);
    expect([...examples]).toEqual([1, 4, 6, 3, 0, 2]);
  });

  test('of one row are that row', () => {
    expect(typicalRows(Uint32Array.of(7))).toEqual({ paddedLength: 7, examples: Uint32Array.of(0) });
  });

  test('are taken from the first again when there are no more', () => {
    const rows = typicalRows(Uint32Array.of(4, 4, 4));
    expect([...takeRows(rows, 7)]).toEqual([1, 2, 1, 2, 1, 2, 1]);
    expect([...takeRows(rows, 1)]).toEqual([1]);
  });
});

describe('fitRunTimes', () => {
  test('finds what a run and a token take', () => {
    const batches = [256, 512, 4096, 8192].map((tokens) => ({ tokens, ms: 3 + tokens / 50 }));
    const times = fitRunTimes(batches)!;
    expect(times.runMs).toBeCloseTo(3, 6);
    expect(times.tokenMs).toBeCloseTo(1 / 50, 8);
  });

  test('lets a large batch that was 10 % late say little about what a run takes', () => {
    const batches = [256, 512, 1024, 2048].map((tokens) => ({ tokens, ms: 3 + tokens / 50 }));
    const times = fitRunTimes([...batches, { tokens: 65_536, ms: 1.1 * (3 + 65_536 / 50) }])!;
    expect(times.runMs).toBeGreaterThan(2);
    expect(times.runMs).toBeLessThan(4);
  });

  test('finds nothing where more tokens took less time, or only one size was run', () => {
    expect(fitRunTimes([256, 512].map((tokens) => ({ tokens, ms: 1000 / tokens })))).toBeNull();
    expect(fitRunTimes([{ tokens: 256, ms: 3 }])).toBeNull();
  });
});
