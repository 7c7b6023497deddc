import type { DeviceReport } from '../core/device-info.ts';
import type { Fingerprint } from '../core/fingerprint.ts';
import type { RunRequest } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import { withJobLock } from '../store/job-lock.ts';
import { beginJob, claimJob, readJobMeta, updateHeader } from '../store/job-meta.ts';
import type { IngestState, JobHeader, JobTotals } from '../store/job-schema.ts';
import { openExistingJob, openJobDatabase, type JobDatabase } from '../store/open-job-database.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import type { RetryOf } from './ports.ts';

/** A job that this worker owns now. */
export type OpenedJob = {
  readonly db: JobDatabase;
  readonly header: JobHeader;
  readonly ingest: IngestState;
  readonly totals: JobTotals;
  /** Set where it is a retry of another job's rows in quarantine. */
  readonly retryOf?: RetryOf & {
    /** Rows of that job, and those of them that are not in quarantine. */
    readonly rows: number;
    readonly rowsBefore: number;
  };
};

/** Opens a job to go on with it. Null when it was stopped before anything was recorded: it can be begun. */
export async function reopenJob(jobId: string): Promise<OpenedJob | null> {
  const db = await openExistingJob(jobId);
  try {
    const meta = await readJobMeta(db);
    if (meta === null) {
      db.close();
      return null;
    }
    return { db, ...meta, header: await claimJob(db) };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Records a new job. @throws JobError `STATE_BUSY` when there is one of that id. */
export async function createJob(
  request: RunRequest,
  now: number,
  fingerprint: Fingerprint,
  output: ResultOutput,
  device: DeviceReport,
): Promise<OpenedJob> {
  if (request.input === null) throw new JobError('INPUT_NEEDED', 'A new job needs its input file.');
  const bytesTotal = request.input.reduce((sum, ref) => sum + openByteRange(ref).byteLength, 0);
  const db = await openJobDatabase(request.jobId);
  try {
    const header: JobHeader = {
      id: request.jobId,
      createdAt: now,
      updatedAt: now,
      spec: request.spec,
      state: 'new',
      error: null,
      epoch: 1,
      fingerprint,
      output,
      device,
      agreement: null,
      batching: null,
    };
    await beginJob(db, header, bytesTotal);
    const meta = await readJobMeta(db);
    if (meta === null)
      throw new JobError('STORE_CORRUPT', 'The job that was just stored cannot be read back.');
    return { db, ...meta };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** Opens a job again whose export found damage: the next run of it checks all that is stored, and puts it right. */
export async function markDamaged(jobId: string, error: JobError): Promise<void> {
  await withJobLock(jobId, async () => {
    const db = await openExistingJob(jobId);
    try {
      const { epoch } = await claimJob(db);
      await updateHeader(db, epoch, { state: 'failed', error: `${error.code}: ${error.message}` });
    } finally {
      db.close();
    }
  });
}
