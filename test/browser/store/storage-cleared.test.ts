import { expect, test } from 'vitest';
import { cdp } from 'vitest/browser';
import type { JobDatabase } from '../../../src/store/open-job-database.ts';
import { storageError, withExistingJob } from '../../../src/store/open-job-database.ts';
import { ownedTransaction } from '../../../src/store/owned-transaction.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { beginTestJob } from '../../support/test-job.ts';

/** The part of the DevTools protocol that is used here. */
type Session = { send(method: string, params: object): Promise<unknown> };

const CLOSED = expect.objectContaining({
  code: 'BROWSER_FAILED',
  message: expect.stringContaining('The browser closed the stored state of job'),
});

/** Takes the storage away as the user does who clears the site's data, while a loop of transactions runs. */
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
  await (cdp() as unknown as Session).send('Storage.clearDataForOrigin', {
    origin: location.origin,
    storageTypes: 'indexeddb',
  });
  return working;
}

test('a reader whose storage is cleared is told so, not that it was stopped', async () => {
  const read = async (db: JobDatabase) => {
    const tx = db.transaction('meta');
    // It fails beside the request; nobody else listens.
    tx.done.catch(() => undefined);
    await tx.store.getAll();
  };
  await expect(clearDuring(read)).rejects.toThrow(CLOSED);
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
