import { deleteDB, openDB, type IDBPDatabase, type IDBPObjectStore, type StoreNames } from 'idb';
import type { JobBatching } from '../core/batching.ts';
import { JobError } from '../core/job-error.ts';
import type { JobSpec } from '../core/job-spec.ts';
import { JOB_SCHEMA_VERSION, type JobHeader, type JobSchema, type JobTotals } from './job-schema.ts';
import { sealed, sealHolds } from './seal.ts';

export type JobDatabase = IDBPDatabase<JobSchema>;

const PREFIX = 'millrace-job-';

/** Ids of every job that this origin's storage holds, in no order. */
export async function listJobIds(): Promise<string[]> {
  const databases = await indexedDB.databases();
  return databases.flatMap(({ name }) =>
    name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : [],
  );
}

/** Connections that ended by themselves, and why. */
const ended = new WeakMap<JobDatabase, JobError>();

/**
 * What a failure of a job's database means: that someone deleted the job or that the browser closed its database, if that
 * is what happened; else the failure itself. Without it the end of a connection looks like an abort by the user.
 */
export async function storageError(db: JobDatabase, thrown: unknown): Promise<unknown> {
  if (thrown instanceof JobError) return thrown;
  // Transactions end before the connection says so.
  await new Promise((resolve) => setTimeout(resolve));
  return ended.get(db) ?? thrown;
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
        }
        if (oldVersion === 1) await fromVersion1(tx.objectStore('meta'));
        if (oldVersion === 1 || oldVersion === 2) await fromVersion2(tx.objectStore('meta'));
        if (oldVersion >= 1 && oldVersion < 5) await fromVersion4(tx.objectStore('meta'));
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

function closedByBrowser(jobId: string): JobError {
  return new JobError(
    'BROWSER_FAILED',
    `The browser closed the stored state of job ${jobId} while it was in use: its disk failed, or its site data was cleared.`,
    { hint: 'Look at the disk, then resume: what was committed is kept unless it was cleared.' },
  );
}

type MetaStore = IDBPObjectStore<JobSchema, StoreNames<JobSchema>[], 'meta', 'versionchange'>;

/** Counts of rows that share a result are new. */
async function fromVersion1(meta: MetaStore): Promise<void> {
  const totals = await meta.get('totals');
  if (totals !== undefined) await meta.put({ ...(totals as JobTotals), rowsCopied: 0 }, 'totals');
}

/** How rows are batched was part of the fingerprint, and a spec that did not say it had no word for that. */
async function fromVersion2(meta: MetaStore): Promise<void> {
  const header = (await meta.get('header')) as JobHeader | undefined;
  if (header === undefined) return;
  const given: JobSpec['batchTokens'] | undefined = header.spec.batchTokens;
  const batchTokens = given ?? 'auto';
  const {
    'batch tokens': budgetTokens,
    'cost of a run': runCostTokens,
    ...fingerprint
  } = header.fingerprint ?? {};
  const batching: JobBatching | null =
    typeof budgetTokens === 'number' && typeof runCostTokens === 'number'
      ? { budgetTokens, runCostTokens, source: given === undefined ? 'default' : 'fixed', halved: 0 }
      : null;
  await meta.put(
    {
      ...header,
      spec: { ...header.spec, batchTokens },
      fingerprint: header.fingerprint === null ? null : { ...fingerprint, 'batch tokens': batchTokens },
      batching,
    },
    'header',
  );
}

/** Every result was a vector of 32-bit floats, of all dimensions that the model has. */
async function fromVersion4(meta: MetaStore): Promise<void> {
  const stored = (await meta.get('header')) as (JobHeader & { readonly dims?: number | null }) | undefined;
  // What is damaged stays so, to be told by its seal.
  if (stored === undefined || !sealHolds(stored)) return;
  const { dims = null, ...header } = stored;
  const output: JobHeader['output'] = dims === null ? null : { kind: 'vector', dims, element: 'float32' };
  const fingerprint =
    header.fingerprint === null ? null : { ...header.fingerprint, precision: 'float32', dimensions: null };
  await meta.put(sealed({ ...header, output, fingerprint }), 'header');
}

/** Opens a job that must be there. @throws JobError `JOB_NOT_FOUND`. */
export async function openExistingJob(jobId: string): Promise<JobDatabase> {
  if (!(await listJobIds()).includes(jobId)) {
    throw new JobError('JOB_NOT_FOUND', `There is no job ${jobId} in this browser's storage.`, {
      hint: 'See `millrace jobs` for the jobs there are.',
    });
  }
  return openJobDatabase(jobId);
}

/** Deletes a job's database; fine when there is none. */
export async function deleteJobDatabase(jobId: string): Promise<void> {
  await deleteDB(PREFIX + jobId);
}
