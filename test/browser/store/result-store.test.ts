import { describe, expect, test } from 'vitest';
import { appendChunks } from '../../../src/store/chunk-store.ts';
import { claimJob, readJobMeta } from '../../../src/store/job-meta.ts';
import { NO_TOTALS, type StoredResults } from '../../../src/store/job-schema.ts';
import type { JobDatabase } from '../../../src/store/open-job-database.ts';
import {
  commitResults,
  eachQuarantined,
  mendWindow,
  readWindowResults,
  resultsHold,
  resultsSha256,
  type ResultCommit,
} from '../../../src/store/result-store.ts';
import { unsealed } from '../../../src/store/seal.ts';
import { totalsOf } from '../../support/job-totals.ts';
import { beginTestJob, testChunk, testReject, testVectors, testWindow } from '../../support/test-job.ts';

async function segment(
  window: number,
  seq: number,
  rows: readonly number[],
  refused: readonly number[] = [],
): Promise<StoredResults> {
  const ordinals = Uint32Array.from(rows);
  const values = testVectors(rows).buffer;
  const sha256 = await resultsSha256(ordinals, values);
  return {
    window,
    seq,
    batches: [seq],
    tokens: 10,
    paddedTokens: 12,
    rows: ordinals,
    values,
    refused,
    sha256,
  };
}

async function commitOf(change: Partial<ResultCommit> = {}): Promise<ResultCommit> {
  return {
    windows: [testWindow(0, 2, { segments: 1 })],
    results: [await segment(0, 0, [0, 1], [2])],
    refused: [testReject(2)],
    totals: totalsOf({ rowsEmbedded: 2, rowsRefused: 1 }),
    dropChunks: [[0, 1]],
    ...change,
  };
}

async function counts(db: JobDatabase) {
  const stores = ['windows', 'results', 'quarantine', 'chunks'] as const;
  return Object.fromEntries(await Promise.all(stores.map(async (store) => [store, await db.count(store)])));
}

async function jobWithChunks() {
  const job = await beginTestJob();
  for (const ordinal of [0, 1, 2]) await appendChunks(job.db, 1, [testChunk(ordinal, [ordinal])]);
  return job;
}

describe('commitResults', () => {
  test('stores results, windows, refused rows and totals, and drops the text of the chunks', async () => {
    const { db } = await jobWithChunks();
    const commit = await commitOf();
    await commitResults(db, 1, commit);
    expect(await counts(db)).toEqual({ windows: 1, results: 1, quarantine: 1, chunks: 1 });
    expect(await db.getAllKeys('chunks')).toEqual([2]);
    expect((await readWindowResults(db, 0)).map(unsealed)).toStrictEqual(commit.results);
    expect((await readJobMeta(db))!.totals).toEqual(commit.totals);
  });

  test('is all or nothing: one record that cannot be stored undoes the rest', async () => {
    const { db } = await jobWithChunks();
    const bad = { ...testReject(3), message: (() => 'a function') as unknown as string };
    const failing = commitResults(db, 1, await commitOf({ refused: [testReject(2), bad] }));
    await expect(failing).rejects.toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    expect(await counts(db)).toEqual({ windows: 0, results: 0, quarantine: 0, chunks: 3 });
    expect((await readJobMeta(db))!.totals).toEqual(NO_TOTALS);
  });

  test('writes nothing for an owner that was shut out', async () => {
    const { db } = await jobWithChunks();
    await claimJob(db);
    const stale = commitResults(db, 1, await commitOf());
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await counts(db)).toEqual({ windows: 0, results: 0, quarantine: 0, chunks: 3 });
  });
});

describe('readWindowResults', () => {
  test('gives the segments of that window, in the order of their commits', async () => {
    const { db } = await beginTestJob();
    for (const [window, seq] of [
      [1, 10],
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 0],
    ] as const) {
      await db.put('results', await segment(window, seq, [window * 100 + seq]));
    }
    expect((await readWindowResults(db, 1)).map(({ seq }) => seq)).toEqual([2, 10]);
    expect((await readWindowResults(db, 0)).map(({ seq }) => seq)).toEqual([0, 1]);
    expect(await readWindowResults(db, 3)).toEqual([]);
  });
});

describe('resultsHold', () => {
  test('notices one flipped bit in the vectors and in the rows', async () => {
    const good = await segment(0, 0, [5, 6]);
    expect(await resultsHold(good)).toBe(true);
    const values = good.values.slice(0);
    new Uint8Array(values)[7]! ^= 1;
    expect(await resultsHold({ ...good, values })).toBe(false);
    expect(await resultsHold({ ...good, rows: Uint32Array.of(5, 7) })).toBe(false);
  });

  test('tells a segment without rows', async () => {
    expect(await resultsHold(await segment(0, 0, []))).toBe(true);
  });
});

describe('mendWindow', () => {
  test('removes the segments and the quarantined rows that are named, and no others', async () => {
    const { db } = await beginTestJob();
    const [first, second] = [await segment(0, 0, [0], [1]), await segment(0, 1, [2], [3])];
    const window = testWindow(0, 2, { segments: 2, done: Uint8Array.of(0b10) });
    await commitResults(
      db,
      1,
      await commitOf({ results: [first, second], refused: [testReject(1), testReject(3)] }),
    );
    await mendWindow(db, 1, { window, dropSegments: [0], dropRefused: [1] });
    expect((await readWindowResults(db, 0)).map(unsealed)).toStrictEqual([second]);
    expect(await db.getAllKeys('quarantine')).toEqual([3]);
    expect((await db.getAll('windows')).map(unsealed)).toEqual([window]);
  });

  test('removes nothing for an owner that was shut out', async () => {
    const { db } = await beginTestJob();
    await commitResults(db, 1, await commitOf());
    await claimJob(db);
    const stale = mendWindow(db, 1, { window: testWindow(0, 2), dropSegments: [0], dropRefused: [2] });
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await counts(db)).toMatchObject({ results: 1, quarantine: 1 });
  });
});

describe('eachQuarantined', () => {
  test.each([0, 499, 500, 501, 1203])('gives each of %i rows once, in input order', async (count) => {
    const { db } = await beginTestJob();
    const rows = Array.from({ length: count }, (_, i) => i * 3);
    const tx = db.transaction('quarantine', 'readwrite');
    await Promise.all([...rows.toReversed().map((row) => tx.store.put(testReject(row))), tx.done]);
    const seen: number[] = [];
    for await (const { row } of eachQuarantined(db)) seen.push(row);
    expect(seen).toEqual(rows);
  });
});

test('eachQuarantined refuses a record that is not what was stored', async () => {
  const { db } = await beginTestJob();
  await commitResults(db, 1, await commitOf());
  const stored = (await db.get('quarantine', 2))!;
  await db.put('quarantine', { ...stored, code: 'ROW_NOT_JSON' });
  const reading = eachQuarantined(db).next();
  await expect(reading).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringContaining('row 2') }),
  );
});
