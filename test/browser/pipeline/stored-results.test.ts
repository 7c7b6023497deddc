import { describe, expect, test } from 'vitest';
import type { ResultBatch } from '../../../src/core/result-schema.ts';
import { resultSchema, storedResults } from '../../../src/pipeline/stored-results.ts';
import { appendChunks } from '../../../src/store/chunk-store.ts';
import { readJobMeta } from '../../../src/store/job-meta.ts';
import type { StoredResults } from '../../../src/store/job-schema.ts';
import type { JobDatabase } from '../../../src/store/open-job-database.ts';
import { resultsSha256 } from '../../../src/store/result-store.ts';
import { sealed } from '../../../src/store/seal.ts';
import { finishedBatch, NO_COUNTS, openCommits, openNow } from '../../support/test-commits.ts';
import { beginTestJob, testChunk, testReject, testVectors, testWindow } from '../../support/test-job.ts';

/**
 * Rows 0-9 in three chunks and two windows. Row 3 was refused as it was read, row 6 by the model; the others were
 * committed out of order, in several segments a window.
 */
async function computedJob() {
  const { db } = await beginTestJob();
  await appendChunks(db, 1, [testChunk(0, [0, 1, 2])]);
  await appendChunks(db, 1, [testChunk(1, [4, 5, 6], [testReject(3)])]);
  await appendChunks(db, 1, [testChunk(2, [7, 8, 9])]);
  const { commits } = openCommits(db);
  const first = await openNow(commits, testWindow(0, 2), true, [], NO_COUNTS);
  const second = await openNow(commits, testWindow(1, 3, { chunkCount: 2 }), true, [], NO_COUNTS);
  commits.add(finishedBatch(second, 2, [9, 4]));
  commits.add(finishedBatch(first, 1, [2]));
  await commits.flush();
  commits.add(finishedBatch(second, 0, [8, 5], [testReject(6)]));
  commits.add(finishedBatch(second, 1, [7]));
  commits.add(finishedBatch(first, 0, [1, 0]));
  await commits.flush();
  return db;
}

async function readAll(db: JobDatabase): Promise<ResultBatch[]> {
  const schema = await resultSchema([{ db, meta: (await readJobMeta(db))! }]);
  const batches: ResultBatch[] = [];
  for await (const batch of storedResults(db, schema)) batches.push(batch);
  return batches;
}

/** Changes a stored segment, and its checksum as well, unless told otherwise. */
async function change(
  db: JobDatabase,
  key: [number, number],
  by: Partial<StoredResults>,
  sign = true,
): Promise<void> {
  const changed = { ...(await db.get('results', key))!, ...by };
  const sha256 = sign ? await resultsSha256(changed.rows, changed.values) : changed.sha256;
  await db.put('results', sealed({ ...changed, sha256 }));
}

function corrupt(what: RegExp) {
  return expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringMatching(what) });
}

describe('storedResults', () => {
  test('gives the rows in input order with their own vectors and kept values', async () => {
    const batches = await readAll(await computedJob());
    expect(batches.map(({ rows }) => [...rows])).toEqual([
      [0, 1, 2],
      [4, 5, 7, 8, 9],
    ]);
    for (const { rows, values, kept } of batches) {
      expect(values).toEqual(new Uint8Array(testVectors([...rows]).buffer));
      expect(kept).toEqual({ id: [...rows].map((row) => `"id ${row}"`) });
    }
  });

  test.each([
    {
      range: { first: 1, last: 5 },
      rows: [
        [1, 2],
        [4, 5],
      ],
    },
    { range: { first: 3, last: 3 }, rows: [[]] },
    { range: { first: 6, last: 99 }, rows: [[7, 8, 9]] },
    { range: { first: 0, last: 0 }, rows: [[0]] },
    { range: { first: 10, last: 99 }, rows: [] },
  ])('gives rows $range alone', async ({ range, rows }) => {
    const db = await computedJob();
    const schema = await resultSchema([{ db, meta: (await readJobMeta(db))! }]);
    const found: number[][] = [];
    for await (const batch of storedResults(db, schema, range)) {
      found.push([...batch.rows]);
      expect([...batch.values]).toEqual([...new Uint8Array(testVectors([...batch.rows]).buffer)]);
      expect(batch.kept).toEqual({ id: [...batch.rows].map((row) => `"id ${row}"`) });
    }
    expect(found).toEqual(rows);
  });

  test('gives nothing for a job without windows', async () => {
    const { db } = await beginTestJob();
    expect(await readAll(db)).toEqual([]);
  });

  test('misses a row that has neither a result nor a refusal', async () => {
    const db = await computedJob();
    await db.delete('results', [0, 0]);
    await expect(readAll(db)).rejects.toThrow(
      corrupt(/row 2, which has neither a result nor a place in quarantine/),
    );
  });

  test('misses a refusal that is gone', async () => {
    const db = await computedJob();
    await db.delete('quarantine', 6);
    await expect(readAll(db)).rejects.toThrow(corrupt(/row 6, which has neither/));
  });

  test('refuses a row that has two results', async () => {
    const db = await computedJob();
    await change(db, [0, 1], { rows: Uint32Array.of(1, 2) });
    await expect(readAll(db)).rejects.toThrow(corrupt(/row 2, which has two results/));
  });

  test('refuses a result of a row that is not of the window', async () => {
    const db = await computedJob();
    await db.put('quarantine', testReject(9));
    await change(db, [1, 0], { rows: Uint32Array.of(77, 4) });
    await expect(readAll(db)).rejects.toThrow(
      corrupt(/window 1, which has results of rows that it does not hold/),
    );
  });

  test('refuses vectors and kept columns that do not match their checksums', async () => {
    const db = await computedJob();
    const before = (await db.get('results', [1, 1]))!;
    await change(db, [1, 1], { values: testVectors([5, 8, 7]).buffer }, false);
    await expect(readAll(db)).rejects.toThrow(corrupt(/segment 1 of window 1/));
    await db.put('results', before);
    const kept = (await db.get('kept', 2))!;
    await db.put('kept', { ...kept, kept: testChunk(2, [7, 8, 90]).kept });
    await expect(readAll(db)).rejects.toThrow(corrupt(/the kept columns of chunk 2/));
  });
});

describe('resultSchema', () => {
  test('has the kept columns with a type that all their values fit, and counts the rows', async () => {
    const { db } = await beginTestJob();
    await appendChunks(db, 1, [{ ...testChunk(0, [0]), kinds: { id: 16, n: 4 } }]);
    await appendChunks(db, 1, [{ ...testChunk(1, [1]), kinds: { id: 16, n: 8 | 1 } }]);
    const { header, ingest, totals } = (await readJobMeta(db))!;
    const input = { ...header.spec.input, idColumn: 'id', keep: ['n', 'never'] };
    const meta = {
      header: { ...header, spec: { ...header.spec, input } },
      ingest,
      totals: { ...totals, rowsEmbedded: 2 },
    };
    const schema = await resultSchema([{ db, meta }]);
    expect(schema).toMatchObject({
      output: { kind: 'vector', dims: 2, element: 'float32' },
      rowCount: 2,
    });
    expect(schema.columns.map(({ name }) => name)).toEqual(['id', 'n', 'never']);
    expect(schema.columns.slice(0, 2).map(({ type }) => type)).toEqual(['utf8', 'float64']);
    // From the chunks, where an older Millrace read them.
    const { kinds: _, ...older } = ingest;
    expect(await resultSchema([{ db, meta: { ...meta, ingest: older } }])).toEqual(schema);
    // Not from the chunks, where that is known.
    await db.clear('kept');
    expect(await resultSchema([{ db, meta }])).toEqual(schema);
  });
});
