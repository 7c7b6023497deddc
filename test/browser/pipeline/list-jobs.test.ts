import { openDB } from 'idb';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobRecord } from '../../../src/core/job-api.ts';
import { listJobs, readJobRecord } from '../../../src/pipeline/list-jobs.ts';
import { watchJobRecords } from '../../../src/store/catalogue.ts';
import { appendChunks, finishIngest } from '../../../src/store/chunk-store.ts';
import { removeJobManifest, writeJobManifest } from '../../../src/store/job-manifest.ts';
import { listJobIds, openJobDatabase } from '../../../src/store/open-job-database.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { finishedBatch, NO_COUNTS, openCommits, openNow } from '../../support/test-commits.ts';
import {
  beginTestJob,
  testChunk,
  testHeader,
  testJobId,
  testReject,
  testWindow,
} from '../../support/test-job.ts';

async function listed(...ids: readonly string[]): Promise<JobRecord[]> {
  return (await listJobs()).filter(({ id }) => ids.includes(id));
}

async function writeManifest(id: string, createdAt: number): Promise<void> {
  onTestFinished(() => removeJobManifest(id));
  await writeJobManifest({ id, createdAt, spec: testHeader(id).spec });
}

describe('listJobs', () => {
  test('lists jobs newest first, counted from their own databases', async () => {
    const older = await beginTestJob({ createdAt: 100, state: 'paused' });
    const newer = await beginTestJob({
      createdAt: 200,
      state: 'failed',
      error: 'INTERNAL: oh',
      updatedAt: 300,
    });
    await appendChunks(older.db, 1, [testChunk(0, [0, 1, 2], [testReject(3)])]);
    const { commits } = openCommits(older.db);
    const window = await openNow(commits, testWindow(0, 2), true, [], NO_COUNTS);
    commits.add(finishedBatch(window, 0, [0], [testReject(1)]));
    await commits.flush();
    expect(await listed(older.id, newer.id)).toEqual([
      {
        id: newer.id,
        state: 'failed',
        spec: testHeader('').spec,
        createdAt: 200,
        updatedAt: 300,
        rowsDone: 0,
        rowsQuarantined: 0,
        rowsTotal: null,
        inputComplete: false,
        error: 'INTERNAL: oh',
        retries: 0,
        retryOpen: false,
      },
      expect.objectContaining({
        id: older.id,
        state: 'paused',
        rowsDone: 3,
        rowsQuarantined: 2,
        rowsTotal: null,
      }),
    ]);
    await finishIngest(older.db, 1);
    expect(await listed(older.id)).toMatchObject([{ rowsTotal: 4, inputComplete: true }]);
  });

  test('says that the state of a job is lost when only its manifest is left', async () => {
    const gone = testJobId();
    await writeManifest(gone, 50);
    const emptied = testJobId();
    await writeManifest(emptied, 60);
    (await openJobDatabase(emptied)).close();
    const lost = {
      state: 'failed',
      rowsDone: 0,
      rowsTotal: null,
      error: expect.stringMatching(/^STATE_LOST: /),
    };
    expect(await listed(gone, emptied)).toMatchObject([
      { id: emptied, createdAt: 60, ...lost },
      { id: gone, createdAt: 50, ...lost },
    ]);
    expect(await listJobIds()).not.toContain(gone);
  });

  test('does not take a job for lost that has both', async () => {
    const { id } = await beginTestJob({ createdAt: 5 });
    await writeManifest(id, 5);
    expect(await listed(id)).toMatchObject([{ id, state: 'new', error: null }]);
  });

  test('lists the others when one cannot be opened, and says why of that one', async () => {
    const { id } = await beginTestJob({ createdAt: 1 });
    const newer = testJobId();
    await writeManifest(newer, 2);
    (await openDB(`millrace-job-${newer}`, 99)).close();
    expect(await listed(id, newer)).toMatchObject([
      { id: newer, state: 'failed', error: expect.stringMatching(/^STORE_CORRUPT: .*cannot be opened/) },
      { id, state: 'new' },
    ]);
  });

  test('brings the catalogue in line', async () => {
    const { id } = await beginTestJob({ createdAt: 7 });
    const seen = deferred<JobRecord>();
    onTestFinished(
      watchJobRecords((records) => {
        const shown = records.find((record) => record.id === id);
        if (shown !== undefined) seen.resolve(shown);
      }),
    );
    const [record] = await listed(id);
    expect(await seen.promise).toEqual(record);
  });
});

test('readJobRecord makes no database of a job that is not there', async () => {
  const id = testJobId();
  expect(await readJobRecord(id)).toBeNull();
  expect(await listJobIds()).not.toContain(id);
});
