import { afterEach, describe, expect, test, vi } from 'vitest';
import { appendChunks } from '../../../src/store/chunk-store.ts';
import { readJobMeta } from '../../../src/store/job-meta.ts';
import { readWindowResults, resultsHold } from '../../../src/store/result-store.ts';
import { unsealed } from '../../../src/store/seal.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { finishedBatch, NO_COUNTS, openCommits, openNow } from '../../support/test-commits.ts';
import { beginTestJob, testChunk, testReject, testVectors, testWindow } from '../../support/test-job.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A job with the text of three chunks, one a window. */
async function startQueue() {
  const { db } = await beginTestJob();
  for (const ordinal of [0, 1, 2]) await appendChunks(db, 1, [testChunk(ordinal, [ordinal * 10])]);
  return { db, ...openCommits(db) };
}

describe('openWindow', () => {
  test('records a new window with its budget and the rows that the task refused', async () => {
    const { db, commits, told } = await startQueue();
    const record = testWindow(0, 3);
    const refused = [testReject(4, { id: 'id 4' })];
    await openNow(commits, record, true, refused, { truncated: 7, copies: 2 });
    expect(unsealed((await db.get('windows', 0))!)).toEqual(record);
    expect((await db.getAll('quarantine')).map(unsealed)).toEqual(refused);
    const totals = { rowsRefused: 1, rowsTruncated: 7, rowsCopied: 2, windows: 1, rowsEmbedded: 0 };
    expect((await readJobMeta(db))!.totals).toMatchObject(totals);
    expect(told.refused).toEqual([4]);
  });

  test('records a window that nobody hurries with what is committed next', async () => {
    const { db, commits, told } = await startQueue();
    const first = await openNow(commits, testWindow(0, 2), true, [], NO_COUNTS);
    const openings = [1, 2].map((ordinal) =>
      commits.openWindow(testWindow(ordinal, 1), true, [testReject(ordinal)], NO_COUNTS),
    );
    expect(await db.count('windows')).toBe(1);
    commits.add(finishedBatch(first, 0, [3]));
    await commits.flush();
    expect((await Promise.all(openings)).map(({ record }) => record.ordinal)).toEqual([1, 2]);
    expect((await db.getAll('windows')).map(({ segments }) => segments)).toEqual([1, 0, 0]);
    expect(told.commits.length).toBe(2);
    expect(commits.totals).toMatchObject({ windows: 3, rowsRefused: 2, rowsEmbedded: 1 });
  });

  test('records windows while results are held', async () => {
    const { db, commits } = await startQueue();
    const first = await openNow(commits, testWindow(0, 1), true, [], NO_COUNTS);
    const agreed = deferred<void>();
    commits.holdUntil(agreed.promise);
    commits.add(finishedBatch(first, 0, [3]));
    await openNow(commits, testWindow(1, 1), true, [], NO_COUNTS);
    expect([await db.count('windows'), await db.count('results')]).toEqual([2, 0]);
    agreed.resolve();
    await commits.stored();
    expect(await db.count('results')).toBe(1);
  });

  test('writes nothing for a window of an earlier run, and knows what is done of it', async () => {
    const { db, commits, told } = await startQueue();
    const window = await openNow(commits, testWindow(0, 3, { done: Uint8Array.of(0b101) }), false, [], {
      truncated: 7,
      copies: 2,
    });
    expect([0, 1, 2].map((batch) => window.done.has(batch))).toEqual([true, false, true]);
    expect(told.commits).toEqual([]);
    expect(await db.count('windows')).toBe(0);
  });

  test('drops the text of a window in which there is nothing to run', async () => {
    const { db, commits } = await startQueue();
    await openNow(commits, testWindow(1, 0, { complete: true }), true, [testReject(10)], NO_COUNTS);
    expect(await db.getAllKeys('chunks')).toEqual([0, 2]);
  });
});

describe('flush', () => {
  test('writes batches of two windows, one segment a window, with their done bits and totals', async () => {
    const { db, commits, clock, told } = await startQueue();
    const first = await openNow(commits, testWindow(0, 3), true, [], NO_COUNTS);
    const second = await openNow(commits, testWindow(1, 2), true, [], NO_COUNTS);
    commits.add(finishedBatch(first, 2, [5, 3]));
    commits.add(finishedBatch(second, 0, [12], [testReject(11, { code: 'ROW_MODEL_FAILED' })]));
    commits.add(finishedBatch(first, 0, [1]));
    clock.ms = 250;
    expect(commits.rowsWaiting).toBe(5);
    await commits.flush();
    expect(commits.rowsWaiting).toBe(0);
    const [segment, ...more] = await readWindowResults(db, 0);
    expect(more).toEqual([]);
    expect(segment).toMatchObject({ seq: 0, batches: [2, 0], rows: Uint32Array.of(5, 3, 1), refused: [] });
    expect(new Float32Array(segment!.values)).toEqual(testVectors([5, 3, 1]));
    expect(await resultsHold(segment!)).toBe(true);
    expect(await readWindowResults(db, 1)).toMatchObject([
      { seq: 0, batches: [0], rows: Uint32Array.of(12), refused: [11] },
    ]);
    expect(await db.getAll('windows')).toMatchObject([
      { done: Uint8Array.of(0b101), complete: false, segments: 1 },
      { done: Uint8Array.of(0b01), complete: false, segments: 1 },
    ]);
    expect((await readJobMeta(db))!.totals).toEqual({
      rowsEmbedded: 4,
      rowsRefused: 1,
      rowsTruncated: 0,
      rowsCopied: 0,
      tokens: 50,
      paddedTokens: 60,
      batches: 3,
      computeMs: 250,
      windows: 2,
    });
    expect(await db.getAllKeys('quarantine')).toEqual([11]);
    expect(told.refused).toEqual([11]);
    expect(commits.totals).toEqual(told.commits.at(-1));
  });

  test('numbers the segments of a window on, and drops its text with the last batch', async () => {
    const { db, commits } = await startQueue();
    const window = await openNow(commits, testWindow(1, 2, { segments: 4 }), true, [], NO_COUNTS);
    commits.add(finishedBatch(window, 1, [10]));
    await commits.flush();
    expect(await db.getAllKeys('chunks')).toEqual([0, 1, 2]);
    commits.add(finishedBatch(window, 0, [11]));
    await commits.flush();
    expect((await readWindowResults(db, 1)).map(({ seq }) => seq)).toEqual([4, 5]);
    expect(await db.get('windows', 1)).toMatchObject({ complete: true, segments: 6 });
    expect(await db.getAllKeys('chunks')).toEqual([0, 2]);
  });

  test('counts the time of computing on from earlier runs, each millisecond once', async () => {
    const { db } = await beginTestJob();
    const { commits, clock, told } = openCommits(db, { ...(await readJobMeta(db))!.totals, computeMs: 1000 });
    const window = await openNow(commits, testWindow(0, 2), true, [], NO_COUNTS);
    clock.ms = 30;
    commits.add(finishedBatch(window, 0, [0]));
    await commits.flush();
    clock.ms = 70;
    commits.add(finishedBatch(window, 1, [1]));
    await commits.flush();
    expect(told.commits.map(({ computeMs }) => computeMs)).toEqual([1000, 1030, 1070]);
  });

  test('does not count the time before the first window', async () => {
    const { commits, clock, told } = await startQueue();
    clock.ms = 1000;
    const window = await openNow(commits, testWindow(0, 1), true, [], NO_COUNTS);
    clock.ms = 1030;
    commits.add(finishedBatch(window, 0, [0]));
    await commits.flush();
    expect(told.commits.map(({ computeMs }) => computeMs)).toEqual([0, 30]);
  });

  test('writes nothing when nothing waits', async () => {
    const { commits, told } = await startQueue();
    await commits.flush();
    expect(told.commits).toEqual([]);
  });
});

describe('by itself it commits', () => {
  test('half a second after the first batch that waits', async () => {
    const { commits, committed, told } = await startQueue();
    const window = await openNow(commits, testWindow(0, 2), true, [], NO_COUNTS);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    commits.add(finishedBatch(window, 0, [0]));
    vi.advanceTimersByTime(499);
    expect(vi.getTimerCount()).toBe(1);
    commits.add(finishedBatch(window, 1, [1]));
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    await committed(2);
    expect(told.commits.at(-1)!.batches).toBe(2);
  });

  test('at once when 4 MiB wait', async () => {
    const { commits, committed, told } = await startQueue();
    const window = await openNow(commits, testWindow(0, 2), true, [], NO_COUNTS);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const batch = finishedBatch(window, 0, [0]);
    commits.add({ ...batch, result: { ...batch.result, values: new Uint8Array(2 ** 22) } });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    await committed(2);
    expect(told.commits.at(-1)!.batches).toBe(1);
  });
});
