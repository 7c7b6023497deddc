import { expect, test } from 'vitest';
import { examplesToStore, readExamples } from '../../../src/store/example-store.ts';
import { NO_TOTALS } from '../../../src/store/job-schema.ts';
import { commitResults } from '../../../src/store/result-store.ts';
import { beginTestJob, testWindow } from '../../support/test-job.ts';

const COUNT = 5000;
const EXAMPLES = {
  rows: Uint32Array.from({ length: COUNT }, (_, i) => 3 * i),
  hashes: Uint32Array.from({ length: 4 * COUNT }, (_, i) => Math.imul(i, 0x9e3779b1)),
};

/** A job with two windows that have examples, the second one those of `EXAMPLES`. */
async function jobWithExamples() {
  const { db } = await beginTestJob();
  await commitResults(db, 1, {
    windows: [testWindow(0, 1), testWindow(1, 1)],
    results: [],
    refused: [],
    examples: [
      ...examplesToStore(0, { rows: Uint32Array.of(7), hashes: Uint32Array.of(1, 2, 3, 4) }),
      ...examplesToStore(1, EXAMPLES),
    ],
    totals: NO_TOTALS,
    dropChunks: [],
  });
  return db;
}

const corrupt = expect.objectContaining({ code: 'STORE_CORRUPT' });

test('what a window is the first to have comes back as it was stored, in records that stay in the database itself', async () => {
  const db = await jobWithExamples();
  expect(await readExamples(db, 1, COUNT)).toEqual(EXAMPLES);
  expect((await readExamples(db, 0, 1)).rows).toEqual(Uint32Array.of(7));
  const records = await db.getAll('examples');
  expect(records.map(({ rows }) => rows.length)).toEqual([1, 2048, 2048, 904]);
  // Chromium keeps values of 64 KiB and more in files of their own.
  for (const { rows, hashes } of records) expect(rows.byteLength + hashes.byteLength).toBeLessThan(60_000);
});

test('a record that is gone or changed is refused', async () => {
  const db = await jobWithExamples();
  const record = (await db.get('examples', [1, 1]))!;
  await db.put('examples', {
    ...record,
    hashes: record.hashes.map((word, i) => (i === 9 ? word ^ 1 : word)),
  });
  await expect(readExamples(db, 1, COUNT)).rejects.toThrow(corrupt);
  await db.put('examples', { ...record, part: 1, crc: record.crc ^ 1 });
  await expect(readExamples(db, 1, COUNT)).rejects.toThrow(corrupt);
  await db.delete('examples', [1, 1]);
  await expect(readExamples(db, 1, COUNT)).rejects.toThrow(corrupt);
  await db.put('examples', record);
  expect(await readExamples(db, 1, COUNT)).toEqual(EXAMPLES);
});
