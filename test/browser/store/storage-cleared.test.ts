import { expect, test } from 'vitest';
import { cdp } from 'vitest/browser';
import { exportQuarantine } from '../../../src/export/export-results.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import type { JobDatabase } from '../../../src/store/open-job-database.ts';
import { readFrom, storageError, withExistingJob } from '../../../src/store/open-job-database.ts';
import { ownedTransaction } from '../../../src/store/owned-transaction.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { beginTestJob, testReject } from '../../support/test-job.ts';

/** The part of the DevTools protocol that is used here. */
type Session = { send(method: string, params: object): Promise<unknown> };

const CLOSED = expect.objectContaining({
  code: 'BROWSER_FAILED',
  message: expect.stringContaining('The browser closed the stored state of job'),
});

/** As the user does who clears the site's data. */
async function clearStorage(): Promise<void> {
  await (cdp() as unknown as Session).send('Storage.clearDataForOrigin', {
    origin: location.origin,
    storageTypes: 'indexeddb',
  });
}

/** Takes the storage away while a loop of transactions runs. */
async function clearDuring(work: (db: JobDatabase) => Promise<unknown>): Promise<unknown> {
  const { id, db } = await beginTestJob();
  db.close();
  const begun = deferred<void>();
  const working = withExistingJob(id, async (own) => {
    for (;;) {
      await work(own);
      begun.resolve();
    }
  });
  // Looked at below, after the clearing.
  working.catch(() => undefined);
  await begun.promise;
  await clearStorage();
  return working;
}

async function readMeta(db: JobDatabase): Promise<void> {
  const tx = db.transaction('meta');
  // It fails beside the request; nobody else listens.
  tx.done.catch(() => undefined);
  await tx.store.getAll();
}

test('a reader whose storage is cleared is told so, not that it was stopped', async () => {
  await expect(clearDuring(readMeta)).rejects.toThrow(CLOSED);
});

test('an export whose storage is cleared is told so, not that it was stopped', async () => {
  const { db } = await beginTestJob();
  const begun = deferred<void>();
  async function* endless() {
    for (;;) {
      await readMeta(db);
      begun.resolve();
      yield testReject(0);
    }
  }
  const target = new MemoryTarget();
  const exporting = exportQuarantine({ quarantine: readFrom(db, endless()), target });
  exporting.catch(() => undefined);
  await begun.promise;
  await clearStorage();
  await expect(exporting).rejects.toThrow(CLOSED);
});

test('a commit whose storage is cleared is told so, not that it was stopped', async () => {
  const commit = (db: JobDatabase) =>
    ownedTransaction(db, 1, ['meta'], async (tx) => {
      await tx.objectStore('meta').put((await tx.objectStore('meta').get('header'))!, 'header');
    });
  await expect(clearDuring(commit)).rejects.toThrow(CLOSED);
});

test('an abort that nobody asked for is the browser’s, also before it says so', async () => {
  const { db } = await beginTestJob();
  const abort = new DOMException('The transaction was aborted', 'AbortError');
  await expect(storageError(db, abort)).resolves.toEqual(CLOSED);
  const stop = new AbortController();
  await expect(storageError(db, abort, stop.signal)).resolves.toEqual(CLOSED);
  stop.abort();
  await expect(storageError(db, abort, stop.signal)).resolves.toBe(abort);
  db.close();
});
