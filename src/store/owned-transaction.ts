import type { IDBPTransaction, StoreNames } from 'idb';
import { JobError } from '../core/job-error.ts';
import type { JobHeader, JobSchema } from './job-schema.ts';
import { storageError, type JobDatabase } from './open-job-database.ts';

type Stores = ArrayLike<StoreNames<JobSchema>>;

/**
 * A read-write transaction of the job's owner, flushed to the disk before it counts (`durability: 'strict'`: relaxed
 * survives kill -9 but is torn by a power cut). `write` runs inside it; what it does is kept whole or not at all.
 * A stale owner goes on running after its lock was stolen, so the epoch is checked inside the transaction, which is aborted
 * when it changed: `write` cannot rely on it before that.
 *
 * @param stores `meta` must be the first of them.
 * @throws JobError `STATE_BUSY` when the job has a newer owner than `epoch`; what the browser says, `QuotaExceededError` among
 * it: nothing is written then.
 */
export async function ownedTransaction<Names extends readonly ['meta', ...StoreNames<JobSchema>[]], T>(
  db: JobDatabase,
  epoch: number,
  stores: Names,
  write: (tx: IDBPTransaction<JobSchema, Names & Stores, 'readwrite'>) => Promise<T>,
): Promise<T> {
  let tx: IDBPTransaction<JobSchema, Names & Stores, 'readwrite'>;
  try {
    tx = db.transaction<Names & Stores, 'readwrite'>(stores as Names & Stores, 'readwrite', {
      durability: 'strict',
    });
  } catch (thrown) {
    throw await storageError(db, thrown);
  }
  try {
    const stored = tx.objectStore('meta').get('header') as Promise<JobHeader | undefined>;
    const checked = stored.then((header) => checkOwner(header, epoch));
    // What is written is on its way before the transaction's turn has come, so that the next one waits for less.
    const [, result] = await Promise.all([checked, write(tx), tx.done]);
    return result;
  } catch (thrown) {
    try {
      tx.abort();
    } catch {
      // It is over already: that is why we are here.
    }
    await tx.done.catch(() => undefined);
    // A request of a transaction that the browser aborts knows only of the abort; the transaction knows why: the disk is full.
    throw await storageError(db, thrown instanceof JobError ? thrown : (tx.error ?? thrown));
  }
}

function checkOwner(header: JobHeader | undefined, epoch: number): void {
  if (header === undefined) throw new JobError('STATE_LOST', 'The stored state of the job is gone.');
  if (header.epoch !== epoch) {
    throw new JobError('STATE_BUSY', `Job ${header.id} was taken over by another tab or process.`, {
      hint: 'It goes on there; this one stopped without writing anything more.',
    });
  }
}
