import { openDB } from 'idb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readJobMeta } from '../../../src/store/job-meta.ts';
import { NO_TOTALS, type JobHeader } from '../../../src/store/job-schema.ts';
import {
  deleteJobDatabase,
  listJobIds,
  openExistingJob,
  openJobDatabase,
} from '../../../src/store/open-job-database.ts';
import { sealed, sealHolds, unsealed } from '../../../src/store/seal.ts';
import { beginTestJob, testJobId } from '../../support/test-job.ts';

describe('openExistingJob', () => {
  test('opens a job that is there', async () => {
    const { id, db } = await beginTestJob();
    db.close();
    const again = await openExistingJob(id);
    onTestFinished(() => again.close());
    expect((await readJobMeta(again))!.header.id).toBe(id);
  });

  test('says so when there is none, and makes none', async () => {
    const id = testJobId();
    await expect(openExistingJob(id)).rejects.toThrow(expect.objectContaining({ code: 'JOB_NOT_FOUND' }));
    expect(await listJobIds()).not.toContain(id);
  });
});

test('a database of a newer Millrace is refused, and left as it is', async () => {
  const id = testJobId();
  const newer = await openDB(`millrace-job-${id}`, 99, {
    upgrade: (db) => void db.createObjectStore('new things'),
  });
  newer.close();
  await expect(openJobDatabase(id)).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_CORRUPT', hint: expect.stringContaining('newer') }),
  );
  const again = await openDB(`millrace-job-${id}`, 99);
  onTestFinished(() => again.close());
  expect([...again.objectStoreNames]).toEqual(['new things']);
});

test('a job of the first layout has counts of what that did not know', async () => {
  const id = testJobId();
  const { rowsCopied: _, ...before } = NO_TOTALS;
  const old = await openDB(`millrace-job-${id}`, 1, {
    upgrade: (db) => {
      for (const name of ['meta', 'chunks', 'kept', 'windows', 'results', 'quarantine'])
        db.createObjectStore(name);
    },
  });
  await old.put('meta', { ...before, rowsEmbedded: 12 }, 'totals');
  old.close();
  const db = await openJobDatabase(id);
  onTestFinished(() => db.close());
  expect(await db.get('meta', 'totals')).toEqual({ ...NO_TOTALS, rowsEmbedded: 12 });
});

test.each([
  [undefined, 'auto', 'default'],
  [4096, 4096, 'fixed'],
] as const)(
  'a job of the second layout, with %s batch tokens, goes on as it was batched',
  async (given, spec, source) => {
    const { id, db } = await beginTestJob();
    const header = unsealed((await db.get('meta', 'header')) as JobHeader);
    db.close();
    await deleteJobDatabase(id);
    const old = await openDB(`millrace-job-${id}`, 2, {
      upgrade: (before) => {
        for (const name of ['meta', 'chunks', 'kept', 'windows', 'results', 'quarantine'])
          before.createObjectStore(name);
      },
    });
    const { batching: _, output: ___, ...before } = { ...header, dims: 2 };
    const { batchTokens: __, ...specBefore } = header.spec;
    const fingerprint = { device: 'wasm', 'batch tokens': 4096, 'cost of a run': 16 };
    const oldSpec = given === undefined ? specBefore : { ...specBefore, batchTokens: given };
    await old.put('meta', { ...before, fingerprint, spec: oldSpec }, 'header');
    old.close();
    const again = await openJobDatabase(id);
    onTestFinished(() => again.close());
    expect(unsealed((await again.get('meta', 'header'))!)).toEqual({
      ...header,
      spec: { ...header.spec, batchTokens: spec },
      fingerprint: { device: 'wasm', 'batch tokens': spec, precision: 'float32', dimensions: null },
      batching: { budgetTokens: 4096, runCostTokens: 16, source, halved: 0 },
    });
  },
);

test('a job of the fourth layout goes on with vectors of 32-bit floats', async () => {
  const { id, db } = await beginTestJob();
  const header = unsealed((await db.get('meta', 'header')) as JobHeader);
  db.close();
  await deleteJobDatabase(id);
  const old = await openDB(`millrace-job-${id}`, 4, {
    upgrade: (before) => {
      for (const name of ['meta', 'chunks', 'kept', 'windows', 'results', 'quarantine'])
        before.createObjectStore(name);
    },
  });
  const { output: _, ...before } = header;
  await old.put('meta', sealed({ ...before, dims: 384, fingerprint: { pooling: 'mean' } }), 'header');
  old.close();
  const again = await openJobDatabase(id);
  onTestFinished(() => again.close());
  const upgraded = (await again.get('meta', 'header'))!;
  expect(sealHolds(upgraded)).toBe(true);
  expect(upgraded).toEqual(
    sealed({
      ...header,
      output: { kind: 'vector', dims: 384, element: 'float32' },
      fingerprint: { pooling: 'mean', precision: 'float32', dimensions: null },
    }),
  );
});

describe('deleteJobDatabase', () => {
  test('deletes a job that someone else has open', async () => {
    const { id } = await beginTestJob();
    const other = await openJobDatabase(id);
    onTestFinished(() => other.close());
    await deleteJobDatabase(id);
    expect(await listJobIds()).not.toContain(id);
    await expect(readJobMeta(other)).rejects.toThrow(/connection is clos/);
  });

  test('is content when there is none', async () => {
    const id = testJobId();
    await deleteJobDatabase(id);
    expect(await listJobIds()).not.toContain(id);
  });
});

test('listJobIds lists jobs and no other databases', async () => {
  const { id } = await beginTestJob();
  const other = await openDB('not-a-millrace-job', 1);
  onTestFinished(() => other.close());
  const ids = await listJobIds();
  expect(ids).toContain(id);
  expect(ids.some((name) => name.includes('not-a'))).toBe(false);
});
