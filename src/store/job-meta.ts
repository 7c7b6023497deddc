import { JobError } from '../core/job-error.ts';
import { NO_TOTALS, type IngestState, type JobHeader, type JobTotals } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';
import { ownedTransaction } from './owned-transaction.ts';
import { sealed, sealHolds, unsealed } from './seal.ts';

const STRICT = { durability: 'strict' } as const;

/** The three records that say where a job stands. */
export type JobMeta = {
  readonly header: JobHeader;
  readonly ingest: IngestState;
  readonly totals: JobTotals;
};

/**
 * Read in one transaction. Null for a database that was never begun.
 * @throws JobError `STORE_CORRUPT` when one of them is not what was stored.
 */
export async function readJobMeta(db: JobDatabase): Promise<JobMeta | null> {
  const tx = db.transaction('meta', 'readonly');
  const [header, ingest, totals] = await Promise.all([
    tx.store.get('header'),
    tx.store.get('ingest'),
    tx.store.get('totals'),
    tx.done,
  ]);
  if (header === undefined || ingest === undefined || totals === undefined) return null;
  for (const [name, record] of Object.entries({ header, ingest, totals })) {
    if (sealHolds(record)) continue;
    throw new JobError(
      'STORE_CORRUPT',
      `The stored state of the job is damaged: its ${name} does not match its checksum.`,
      { hint: 'Nothing of it can be trusted: remove the job and run it again.' },
    );
  }
  return {
    header: unsealed(header) as JobHeader,
    ingest: unsealed(ingest) as IngestState,
    totals: unsealed(totals) as JobTotals,
  };
}

/** Writes the first records of a job. @throws JobError `STATE_BUSY` when a job of that id is there already. */
export async function beginJob(db: JobDatabase, header: JobHeader, bytesTotal: number): Promise<void> {
  const tx = db.transaction('meta', 'readwrite', STRICT);
  if ((await tx.store.get('header')) !== undefined) {
    tx.abort();
    await tx.done.catch(() => undefined);
    throw new JobError('STATE_BUSY', `A job named ${header.id} exists already.`, {
      hint: `Go on with it (millrace resume ${header.id}), remove it, or choose another name.`,
    });
  }
  const ingest: IngestState = {
    next: { chunk: 0, row: 0, byte: 0, line: 1 },
    complete: false,
    rows: 0,
    rejects: 0,
    bytesTotal,
    kinds: {},
  };
  await Promise.all([
    tx.store.put(sealed(header), 'header'),
    tx.store.put(sealed(ingest), 'ingest'),
    tx.store.put(sealed(NO_TOTALS), 'totals'),
    tx.done,
  ]);
}

/** Makes the caller the job's owner: whoever held it before cannot write any more. */
export async function claimJob(db: JobDatabase): Promise<JobHeader> {
  const tx = db.transaction('meta', 'readwrite', STRICT);
  const stored = await tx.store.get('header');
  if (stored === undefined) throw new JobError('STATE_LOST', 'The stored state of the job is gone.');
  const before = unsealed(stored) as JobHeader;
  const header: JobHeader = { ...before, epoch: before.epoch + 1 };
  await Promise.all([tx.store.put(sealed(header), 'header'), tx.done]);
  return header;
}

/** Changes the header. @throws JobError `STATE_BUSY` when the job has a newer owner than `epoch`. */
export async function updateHeader(
  db: JobDatabase,
  epoch: number,
  change: Partial<Omit<JobHeader, 'id' | 'epoch' | 'createdAt'>>,
): Promise<JobHeader> {
  return ownedTransaction(db, epoch, ['meta'], async (tx) => {
    const store = tx.objectStore('meta');
    const header: JobHeader = { ...(unsealed((await store.get('header'))!) as JobHeader), ...change };
    await store.put(sealed(header), 'header');
    return header;
  });
}
