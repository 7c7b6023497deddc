import { expect, onTestFinished, test } from 'vitest';
import type { StoredPage, StoredRecord } from '../../../src/core/stored-record.ts';
import { appendChunks } from '../../../src/store/chunk-store.ts';
import { openJobDatabase, type JobDatabase } from '../../../src/store/open-job-database.ts';
import { readStoredPage, writeStoredRecords } from '../../../src/store/stored-records.ts';
import { beginTestJob, testChunk, testJobId } from '../../support/test-job.ts';

/** Every store's keys and values, as they are. */
async function everything(db: JobDatabase): Promise<unknown> {
  const names = [...db.objectStoreNames];
  return Promise.all(names.map(async (name) => [name, await db.getAllKeys(name), await db.getAll(name)]));
}

async function pagesOf(db: JobDatabase, pageBytes: number): Promise<StoredRecord[][]> {
  const pages: StoredRecord[][] = [];
  for (let after: StoredPage['next'] = null; ;) {
    const page: StoredPage = await readStoredPage(db, after, pageBytes);
    // As between two browsers.
    pages.push(JSON.parse(JSON.stringify(page.records)) as StoredRecord[]);
    if (page.next === null) return pages;
    after = page.next;
  }
}

test.each([1, 700, 1 << 20])('a job moves whole in pages of %i bytes', async (pageBytes) => {
  const { db } = await beginTestJob();
  const bad = { row: 5, id: null, code: 'ROW_NOT_JSON', message: 'no', attempts: 0, line: 6 } as never;
  await appendChunks(db, 1, [testChunk(0, [0, 1, 2]), testChunk(1, [3, 4], [bad])]);
  await db.put('results', {
    window: 0,
    seq: 0,
    batches: [0],
    rows: new Uint32Array([0, 1, 2]),
    values: new Float32Array([1, 2, 3, 4, 5, Number.NaN]).buffer,
    tokens: 6,
    paddedTokens: 6,
    refused: [],
    sha256: 'x',
  });
  const to = await openJobDatabase(testJobId());
  onTestFinished(() => to.close());
  const pages = await pagesOf(db, pageBytes);
  for (const records of pages) await writeStoredRecords(to, records);
  expect(await everything(to)).toEqual(await everything(db));
  const count = pages.flat().length;
  expect(count).toBe(3 + 2 + 2 + 1 + 1);
  // The last record of a full page is not known to be the last of all.
  expect(pages.length).toBe(pageBytes === 1 ? count + 1 : pageBytes === 700 ? pages.length : 1);
});
