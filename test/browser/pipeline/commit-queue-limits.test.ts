import { afterEach, describe, expect, test, vi } from 'vitest';
import { claimJob, readJobMeta } from '../../../src/store/job-meta.ts';
import { holdDatabase } from '../../support/hold-database.ts';
import { finishedBatch, NO_COUNTS, openCommits, openNow } from '../../support/test-commits.ts';
import { beginTestJob, testWindow } from '../../support/test-job.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function startQueue(batchCount: number) {
  const { db } = await beginTestJob();
  const queue = openCommits(db);
  const window = await openNow(queue.commits, testWindow(0, batchCount), true, [], NO_COUNTS);
  const addLarge = (ordinal: number) => {
    const batch = finishedBatch(window, ordinal, [ordinal]);
    queue.commits.add({ ...batch, result: { ...batch.result, values: new Uint8Array(2 ** 22) } });
  };
  return { db, window, addLarge, ...queue };
}

describe('backpressure', () => {
  test('makes the device wait while 16 MiB wait for the disk', async () => {
    const { db, commits, addLarge, told } = await startQueue(4);
    const release = await holdDatabase(db);
    for (const ordinal of [0, 1, 2]) addLarge(ordinal);
    await commits.room();
    addLarge(3);
    let room = false;
    const waiting = commits.room().then(() => (room = true));
    await new Promise((resolve) => setTimeout(resolve));
    expect(room).toBe(false);
    await release();
    await waiting;
    await commits.flush();
    expect(told.commits.at(-1)!.batches).toBe(4);
    expect((await db.get('windows', 0))!.complete).toBe(true);
  });

  test('takes new batches while older ones are written', async () => {
    const { db, commits, window, told } = await startQueue(3);
    const release = await holdDatabase(db);
    commits.add(finishedBatch(window, 0, [0]));
    const first = commits.flush();
    // The next turn: by then it has taken what it writes.
    await new Promise((resolve) => setTimeout(resolve));
    commits.add(finishedBatch(window, 1, [1]));
    commits.add(finishedBatch(window, 2, [2]));
    await release();
    await first;
    await commits.flush();
    expect(told.commits.map(({ rowsEmbedded }) => rowsEmbedded)).toEqual([0, 1, 3]);
    expect((await db.getAll('results')).map(({ batches }) => batches)).toEqual([[0], [1, 2]]);
  });
});

describe('what is being written', () => {
  test('does not count for the next commit', async () => {
    const { db, commits, window, addLarge, committed, told } = await startQueue(2);
    const release = await holdDatabase(db);
    addLarge(0);
    // The next turn: by then it has taken what it writes.
    await new Promise((resolve) => setTimeout(resolve));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    commits.add(finishedBatch(window, 1, [1]));
    expect(vi.getTimerCount()).toBe(1);
    vi.useRealTimers();
    await release();
    await committed(2);
    expect([told.commits.at(-1)!.batches, commits.rowsWaiting]).toEqual([1, 1]);
    await commits.flush();
    expect(commits.rowsWaiting).toBe(0);
  });
});

describe('a failed commit', () => {
  test('is reported once, keeps nothing, and holds nobody up', async () => {
    const { db, commits, addLarge, told } = await startQueue(9);
    await claimJob(db);
    for (let ordinal = 0; ordinal < 8; ordinal++) addLarge(ordinal);
    await commits.room();
    await commits.flush();
    addLarge(8);
    await commits.flush();
    await commits.room();
    expect(told.errors.map(({ code }) => code)).toEqual(['STATE_BUSY']);
    expect(told.commits.length).toBe(1);
    expect(await db.count('results')).toBe(0);
    expect((await db.get('windows', 0))!.done).toEqual(new Uint8Array(2));
    expect((await readJobMeta(db))!.totals).toMatchObject({ rowsEmbedded: 0, batches: 0 });
  });

  test('is reported once also when two were on their way', async () => {
    const { db, commits, window, told } = await startQueue(2);
    await claimJob(db);
    commits.add(finishedBatch(window, 0, [0]));
    const first = commits.flush();
    // The next turn: by then the first has taken what it writes.
    await new Promise((resolve) => setTimeout(resolve));
    commits.add(finishedBatch(window, 1, [1]));
    await Promise.all([first, commits.flush()]);
    expect(told.errors.length).toBe(1);
  });

  test('of a new window reaches the one who opens it', async () => {
    const { db, commits } = await startQueue(1);
    await claimJob(db);
    const opening = openNow(commits, testWindow(1, 1), true, [], NO_COUNTS);
    await expect(opening).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
  });

  test('is what a batch that comes out twice ends as', async () => {
    const { db, commits, window, told } = await startQueue(2);
    commits.add(finishedBatch(window, 0, [0]));
    await commits.flush();
    commits.add(finishedBatch(window, 0, [0]));
    await commits.flush();
    expect(told.errors).toMatchObject([{ code: 'INTERNAL', message: 'Batch 0 of window 0 came out twice.' }]);
    expect(await db.count('results')).toBe(1);
  });
});
