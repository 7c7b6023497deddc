import { describe, expect, test } from 'vitest';
import { EarlierResults } from '../../../src/pipeline/earlier-results.ts';
import { finishedBatch, NO_COUNTS, openCommits, openNow } from '../../support/test-commits.ts';
import { beginTestJob, TEST_DIMS, testVectors, testWindow } from '../../support/test-job.ts';

const ROW_BYTES = TEST_DIMS * 4;
/** What a batch of one row is held for: its result and its number. */
const HELD_BYTES = ROW_BYTES + 4;

/** A job of one window, of which each row is a batch; all of them are committed, and held as far as there is room. */
async function startHeld(rows: readonly number[], roomForRows: number) {
  const { db } = await beginTestJob();
  const { commits } = openCommits(db);
  const window = await openNow(commits, testWindow(0, rows.length), true, [], NO_COUNTS);
  let reads = 0;
  const stored = { stored: async () => void reads++ };
  const earlier = new EarlierResults(db, ROW_BYTES, stored, roomForRows * HELD_BYTES);
  for (const [ordinal, row] of rows.entries()) {
    const batch = finishedBatch(window, ordinal, [row]);
    commits.add(batch);
    earlier.add(0, batch.result);
  }
  await commits.flush();
  const ask = async (...asked: readonly number[]) => {
    const found = await earlier.of(asked.map((row) => ({ window: 0, row })));
    return found.map((bytes) => (bytes === null ? null : [...new Float32Array(bytes.slice().buffer)]));
  };
  return { earlier, ask, reads: () => reads };
}

const vectorOf = (row: number) => [...testVectors([row])];

describe('EarlierResults', () => {
  test('answers for what was computed lately from memory, and for the rest from what is stored, once', async () => {
    const { ask, reads } = await startHeld([1, 2, 3, 4, 5, 6], 4);
    expect(await ask(6, 3, 6)).toEqual([vectorOf(6), vectorOf(3), vectorOf(6)]);
    expect(reads()).toBe(0);
    expect(await ask(1, 5)).toEqual([vectorOf(1), vectorOf(5)]);
    expect(reads()).toBe(1);
    expect(await ask(1, 5)).toEqual([vectorOf(1), vectorOf(5)]);
    expect(reads()).toBe(1);
  });

  test('holds what is asked for again and again, whatever comes after', async () => {
    const { earlier, ask, reads } = await startHeld([1, 2, 3, 4], 8);
    for (let row = 100; row < 200; row++) {
      earlier.add(1, { rows: Uint32Array.of(row), values: new Uint8Array(ROW_BYTES) });
      expect(await ask(1)).toEqual([vectorOf(1)]);
    }
    expect(reads()).toBe(0);
    expect(await ask(2)).toEqual([vectorOf(2)]);
    expect(reads()).toBe(1);
  });

  test('has nothing for a row that has no result', async () => {
    const { ask } = await startHeld([1, 2], 8);
    expect(await ask(2, 77)).toEqual([vectorOf(2), null]);
  });
});
