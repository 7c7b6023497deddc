import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import { JobError } from '../core/job-error.ts';
import { isRoundId, roundIdsOf } from '../core/retry-round.ts';
import { JOB_SCHEMA_VERSION, type JobSchema } from './job-schema.ts';
import { upgradeJob } from './upgrade-job.ts';

export type JobDatabase = IDBPDatabase<JobSchema>;

const PREFIX = 'millrace-job-';

/** Ids of every job that this origin's storage holds, in no order. */
export async function listJobIds(): Promise<string[]> {
  return (await listStoredIds()).filter((id) => !isRoundId(id));
}

/** Ids under which the retries of a job are stored, first to last. */
export async function listRoundIds(jobId: string): Promise<readonly string[]> {
  return roundIdsOf(jobId, await listStoredIds());
}

async function listStoredIds(): Promise<string[]> {
  const databases = await indexedDB.databases();
  return databases.flatMap(({ name }) =>
    name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : [],
  );
}

/** How reads and writes fail when their connection ends. */
const ENDS: ReadonlySet<string> = new Set(['AbortError', 'InvalidStateError', 'UnknownError']);

/** Connections that ended by themselves, and why. */
const ended = new WeakMap<JobDatabase, JobError>();

/**
 * What a failure of a job's database means: that someone deleted the job or that the browser closed its database, if that
 * is what happened; else the failure itself. Without it the end of a connection looks like an abort by the user, who is the
 * only other one to abort.
 *
 * @param stop by which the user aborts what failed; left out: it cannot be aborted
 */
export async function storageError(db: JobDatabase, thrown: unknown, stop?: AbortSignal): Promise<unknown> {
  if (thrown instanceof JobError) return thrown;
  const isEnd = thrown instanceof DOMException && ENDS.has(thrown.name);
  // Transactions end before the connection says so.
  for (const waitMs of isEnd ? [0, 50, 200] : [0]) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (ended.has(db)) break;
  }
  const error = ended.get(db);
  if (error !== undefined) return error;
  // It may take the browser seconds to say so.
  const isAbort = isEnd && thrown.name === 'AbortError' && stop?.aborted !== true;
  return isAbort ? closedByBrowser(db.name.slice(PREFIX.length), thrown) : thrown;
}

/** The same values; what ends them is told as `storageError` does, before anyone who knows less of it sees it. */
export async function* readFrom<T>(db: JobDatabase, values: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* values;
  } catch (thrown) {
    throw await storageError(db, thrown);
  }
}

/** Opens a job that must be there, for as long as `act` takes. @throws JobError `JOB_NOT_FOUND`; what `act` throws, by `storageError` */
export async function withExistingJob<T>(jobId: string, act: (db: JobDatabase) => Promise<T>): Promise<T> {
  const db = await openExistingJob(jobId);
  try {
    return await act(db);
  } catch (thrown) {
    throw await storageError(db, thrown);
  } finally {
    db.close();
  }
}

/**
 * Opens a job's database, making it when it is new.
 * @throws JobError `STORE_CORRUPT` when the browser cannot open it or it was written by a newer Millrace.
 */
export async function openJobDatabase(jobId: string): Promise<JobDatabase> {
  let db: JobDatabase | null = null;
  const end = (error: JobError): void => void (db !== null && ended.set(db, error));
  try {
    db = await openDB<JobSchema>(PREFIX + jobId, JOB_SCHEMA_VERSION, {
      async upgrade(db, oldVersion, _newVersion, tx) {
        if (oldVersion < 1) {
          db.createObjectStore('meta');
          db.createObjectStore('chunks', { keyPath: 'ordinal' });
          db.createObjectStore('kept', { keyPath: 'ordinal' });
          db.createObjectStore('windows', { keyPath: 'ordinal' });
          db.createObjectStore('results', { keyPath: ['window', 'seq'] });
          db.createObjectStore('quarantine', { keyPath: 'row' });
        } else await upgradeJob(tx, oldVersion);
        // Windows of an older layout share examples with none: they have none here.
        if (oldVersion < 6) db.createObjectStore('examples', { keyPath: ['window', 'part'] });
      },
      // Another tab deletes the job or upgrades its layout: let go, or that would wait for ever.
      blocking: (_current, wanted, event) => {
        end(wanted === null ? deletedMeanwhile(jobId) : upgradedMeanwhile(jobId));
        (event.target as IDBDatabase).close();
      },
      // The disk failed, or the user cleared the browser's data.
      terminated: () => end(closedByBrowser(jobId)),
    });
    return db;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new JobError('STORE_CORRUPT', `The stored state of job ${jobId} cannot be opened: ${reason}`, {
      hint: 'If an older Millrace or browser opened it, use the newer one; else remove the job and run it again.',
      cause: thrown,
    });
  }
}

function deletedMeanwhile(jobId: string): JobError {
  return new JobError('STATE_LOST', `Job ${jobId} was deleted while it was in use here.`, {
    hint: 'If that was not meant to be, run it again.',
  });
}

function upgradedMeanwhile(jobId: string): JobError {
  return new JobError('STATE_BUSY', `Job ${jobId} was opened by a newer Millrace in another tab.`, {
    hint: 'Go on with it there, or reload this page.',
  });
}

function closedByBrowser(jobId: string, cause?: unknown): JobError {
  return new JobError(
    'BROWSER_FAILED',
    `The browser closed the stored state of job ${jobId} while it was in use: its disk failed, or its site data was cleared.`,
    { hint: 'Look at the disk, then resume: what was committed is kept unless it was cleared.', cause },
  );
}

/** Opens a job, or a retry of one, that must be there. @throws JobError `JOB_NOT_FOUND`. */
export async function openExistingJob(jobId: string): Promise<JobDatabase> {
  if (!(await listStoredIds()).includes(jobId)) {
    throw new JobError('JOB_NOT_FOUND', `There is no job ${jobId} in this browser's storage.`, {
      hint: 'See `millrace jobs` for the jobs there are.',
    });
  }
  return openJobDatabase(jobId);
}

/** Deletes a job's database, and those of its retries before it; fine when there is none. */
export async function deleteJobDatabase(jobId: string): Promise<void> {
  for (const id of await listRoundIds(jobId)) await deleteDB(PREFIX + id);
  await deleteDB(PREFIX + jobId);
}
