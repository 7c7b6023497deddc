import { deleteDB, openDB, type IDBPDatabase, type IDBPObjectStore, type StoreNames } from 'idb';
import type { JobBatching } from '../core/batching.ts';
import { JobError } from '../core/job-error.ts';
import type { JobSpec } from '../core/job-spec.ts';
import { JOB_SCHEMA_VERSION, type JobHeader, type JobSchema, type JobTotals } from './job-schema.ts';

export type JobDatabase = IDBPDatabase<JobSchema>;

const PREFIX = 'millrace-job-';

/** Ids of every job that this origin's storage holds, in no order. */
export async function listJobIds(): Promise<string[]> {
  const databases = await indexedDB.databases();
  return databases.flatMap(({ name }) =>
    name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : [],
  );
}

/**
 * Opens a job's database, making it when it is new.
 * @throws JobError `STORE_CORRUPT` when the browser cannot open it or it was written by a newer Millrace.
 */
export async function openJobDatabase(jobId: string): Promise<JobDatabase> {
  try {
    return await openDB<JobSchema>(PREFIX + jobId, JOB_SCHEMA_VERSION, {
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
      // Another tab deletes the job: let go, or its delete would wait for ever.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new JobError('STORE_CORRUPT', `The stored state of job ${jobId} cannot be opened: ${reason}`, {
      hint: 'If an older Millrace or browser opened it, use the newer one; else remove the job and run it again.',
      cause: thrown,
    });
  }
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
  if (stored === undefined) return;
  const { dims = null, ...header } = stored;
  const output: JobHeader['output'] = dims === null ? null : { kind: 'vector', dims, element: 'float32' };
  const fingerprint =
    header.fingerprint === null ? null : { ...header.fingerprint, precision: 'float32', dimensions: null };
  await meta.put({ ...header, output, fingerprint }, 'header');
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
