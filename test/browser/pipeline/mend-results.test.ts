import { describe, expect, test } from 'vitest';
import { mendResults } from '../../../src/pipeline/mend-results.ts';
import { appendChunks } from '../../../src/store/chunk-store.ts';
import { claimJob, readJobMeta } from '../../../src/store/job-meta.ts';
import type { JobDatabase } from '../../../src/store/open-job-database.ts';
import { readWindowResults } from '../../../src/store/result-store.ts';
import { finishedBatch, NO_COUNTS, openCommits, openNow } from '../../support/test-commits.ts';
import { beginTestJob, testChunk, testReject, testWindow } from '../../support/test-job.ts';

const { signal } = new AbortController();

/** Window 0 in two segments, with a refused row each; window 1 in one. All batches are done. */
async function computedJob() {
  const { db } = await beginTestJob();
  const { commits } = openCommits(db);
  const first = await openNow(commits, testWindow(0, 3), true, [testReject(90)], NO_COUNTS);
  const second = await openNow(commits, testWindow(1, 1), true, [], NO_COUNTS);
  commits.add(finishedBatch(first, 0, [0, 1], [testReject(2)]));
  commits.add(finishedBatch(first, 2, [3]));
  await commits.flush();
  commits.add(finishedBatch(first, 1, [4], [testReject(5)]));
  commits.add(finishedBatch(second, 0, [10, 11]));
  await commits.flush();
  return { db, totals: commits.totals };
}

async function flipByte(db: JobDatabase, window: number, seq: number): Promise<void> {
  const results = (await db.get('results', [window, seq]))!;
  const values = results.values.slice(0);
  new Uint8Array(values)[2]! ^= 0x40;
  await db.put('results', { ...results, values });
}

describe('mendResults', () => {
  test('leaves alone what holds', async () => {
    const { db, totals } = await computedJob();
    const before = await db.getAll('results');
    expect(await mendResults(db, 1, totals, signal)).toMatchObject({ totals, incomplete: [], dropped: 0 });
    expect(await db.getAll('results')).toStrictEqual(before);
  });

  test('reopens the batches of a segment that is gone, and counts what is left', async () => {
    const { db, totals } = await computedJob();
    await db.delete('results', [0, 0]);
    const mended = await mendResults(db, 1, totals, signal);
    expect(mended).toMatchObject({
      dropped: 1,
      incomplete: [{ ordinal: 0, done: Uint8Array.of(0b010), complete: false }],
      totals: { rowsEmbedded: totals.rowsEmbedded - 3, batches: totals.batches - 2 },
    });
    expect(await db.get('windows', 0)).toMatchObject({ done: Uint8Array.of(0b010), complete: false });
  });

  test('drops a segment with a flipped byte, reopens its batches and takes back its counts', async () => {
    const { db, totals } = await computedJob();
    await flipByte(db, 0, 0);
    const mended = await mendResults(db, 1, totals, signal);
    const window = { ordinal: 0, done: Uint8Array.of(0b010), complete: false, segments: 2 };
    expect(mended.dropped).toBe(1);
    expect(mended.incomplete).toMatchObject([window]);
    // What was there, less three rows of 10 tokens embedded and one refused, in two batches.
    expect(mended.totals).toEqual({
      ...totals,
      rowsEmbedded: totals.rowsEmbedded - 3,
      rowsRefused: totals.rowsRefused - 1,
      tokens: totals.tokens - 40,
      paddedTokens: totals.paddedTokens - 48,
      batches: totals.batches - 2,
    });
    expect((await readJobMeta(db))!.totals).toEqual(mended.totals);
    expect(await db.get('windows', 0)).toMatchObject(window);
    expect((await readWindowResults(db, 0)).map(({ seq }) => seq)).toEqual([1]);
    expect((await readWindowResults(db, 1)).length).toBe(1);
  });

  test('removes the quarantined rows of what it drops, which are tried again, and no others', async () => {
    const { db, totals } = await computedJob();
    await flipByte(db, 0, 1);
    await mendResults(db, 1, totals, signal);
    expect(await db.getAllKeys('quarantine')).toEqual([2, 90]);
  });

  test('mends several segments of a window and several windows', async () => {
    const { db, totals } = await computedJob();
    for (const [window, seq] of [
      [0, 0],
      [0, 1],
      [1, 0],
    ] as const)
      await flipByte(db, window, seq);
    const mended = await mendResults(db, 1, totals, signal);
    expect(mended.dropped).toBe(3);
    expect(mended.incomplete.map(({ ordinal, done }) => [ordinal, ...done])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(mended.totals).toMatchObject({
      rowsEmbedded: 0,
      rowsRefused: 1,
      batches: 0,
      tokens: 0,
      paddedTokens: 0,
      windows: 2,
    });
    expect(await db.count('results')).toBe(0);
  });

  test('runs rows again that the model refused in a segment that is gone, and not those of others', async () => {
    const { db, totals } = await computedJob();
    await appendChunks(db, 1, [testChunk(0, [0, 1, 2, 3, 4, 5])]);
    for (const row of [2, 5]) await db.put('quarantine', testReject(row, { attempts: 2 }));
    await db.delete('results', [0, 0]);
    const mended = await mendResults(db, 1, totals, signal);
    expect(await db.getAllKeys('quarantine')).toEqual([5, 90]);
    expect(mended.totals).toMatchObject({ rowsEmbedded: totals.rowsEmbedded - 3, rowsRefused: 2 });
    expect((await readJobMeta(db))!.totals).toEqual(mended.totals);
  });

  test('drops a segment whose record was changed, though its vectors hold', async () => {
    const { db, totals } = await computedJob();
    const segment = (await db.get('results', [0, 1]))!;
    await db.put('results', { ...segment, batches: [2] });
    const mended = await mendResults(db, 1, totals, signal);
    expect(mended.incomplete).toMatchObject([{ ordinal: 0, done: Uint8Array.of(0b101) }]);
  });

  test('refuses a job with a changed or missing plan of a window', async () => {
    const corrupt = expect.objectContaining({ code: 'STORE_CORRUPT' });
    const { db, totals } = await computedJob();
    const window = (await db.get('windows', 0))!;
    await db.put('windows', { ...window, budgetTokens: window.budgetTokens ^ 1 });
    await expect(mendResults(db, 1, totals, signal)).rejects.toThrow(corrupt);
    await db.put('windows', window);
    await db.delete('windows', 1);
    await expect(mendResults(db, 1, totals, signal)).rejects.toThrow(corrupt);
    expect(await db.count('results')).toBe(3);
  });

  test('counts right after an earlier call that was cut short before its totals were written', async () => {
    const { db, totals } = await computedJob();
    await flipByte(db, 0, 1);
    const { totals: mended } = await mendResults(db, 1, totals, signal);
    expect((await mendResults(db, 1, totals, signal)).totals).toEqual(mended);
    expect((await readJobMeta(db))!.totals).toEqual(mended);
  });

  test('leaves a window that the queue can finish', async () => {
    const { db, totals } = await computedJob();
    await flipByte(db, 0, 0);
    const mended = await mendResults(db, 1, totals, signal);
    const { commits } = openCommits(db, mended.totals);
    const window = await openNow(commits, mended.incomplete[0]!, false, [], NO_COUNTS);
    commits.add(finishedBatch(window, 2, [3]));
    commits.add(finishedBatch(window, 0, [0, 1], [testReject(2)]));
    await commits.flush();
    expect(commits.totals).toEqual(totals);
    expect(await mendResults(db, 1, commits.totals, signal)).toMatchObject({ incomplete: [], dropped: 0 });
  });

  // Whoever mended may have been stopped before the text was put back.
  test('still names a window that an earlier call reopened', async () => {
    const { db, totals } = await computedJob();
    await flipByte(db, 1, 0);
    const first = await mendResults(db, 1, totals, signal);
    const second = await mendResults(db, 1, first.totals, signal);
    expect(second.dropped).toBe(0);
    expect(second.incomplete).toEqual(first.incomplete);
    expect(second.incomplete.length).toBe(1);
  });

  test('changes nothing for an owner that was shut out, or after a stop', async () => {
    const { db, totals } = await computedJob();
    await flipByte(db, 0, 0);
    const stopped = mendResults(db, 1, totals, AbortSignal.abort(new Error('stopped')));
    await expect(stopped).rejects.toThrow('stopped');
    await claimJob(db);
    const stale = mendResults(db, 1, totals, signal);
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await db.count('results')).toBe(3);
  });
});
