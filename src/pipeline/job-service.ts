import type {
  DoctorReport,
  ExportOutcome,
  ExportRequest,
  InputPreview,
  JobApi,
  JobRecord,
  PreviewRequest,
  RunOutcome,
  RunRequest,
} from '../core/job-api.ts';
import type { InputInspection, InspectRequest } from '../core/input-inspection.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { JobEvent } from '../core/job-event.ts';
import { isRoundId, roundId } from '../core/retry-round.ts';
import type { StoredPage, StoredRecord } from '../core/stored-record.ts';
import { JobAnnouncer } from '../rpc/job-channel.ts';
import { putJobRecord, removeJobRecord } from '../store/catalogue.ts';
import { withJobLock } from '../store/job-lock.ts';
import { removeJobManifest, writeJobManifest } from '../store/job-manifest.ts';
import { readJobMeta } from '../store/job-meta.ts';
import { deleteJobDatabase, openExistingJob, openJobDatabase } from '../store/open-job-database.ts';
import { readStoredPage, writeStoredRecords } from '../store/stored-records.ts';
import { machineMemoryBytes } from '../util/machine-memory.ts';
import { inspectInput } from './inspect-input.ts';
import { diagnose } from './diagnose.ts';
import { markDamaged } from './open-job.ts';
import { listJobs, readJobRecord } from './list-jobs.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { WorkerSpawners } from './ports.ts';
import { retryJob } from './retry-job.ts';
import { runJob } from './run-job.ts';

/** A window of rows is written in well under a second; the disk or whoever takes the bytes may be slow. */
const EXPORT_SILENT_MS = 5 * 60_000;

/** The first rows are read in a moment, unless a file is on a slow disk, or its records are huge. */
const PREVIEW_SILENT_MS = 5 * 60_000;

/** What the job worker offers. One job runs at a time. */
export class JobService implements JobApi {
  readonly #spawn: WorkerSpawners;
  /** Aborted when something else is to be looked at, or a job begins, which needs the processor more. */
  #looking = new AbortController();
  #running: { readonly jobId: string; readonly stop: AbortController } | null = null;

  constructor(spawn: WorkerSpawners) {
    this.#spawn = spawn;
  }

  async run(request: RunRequest, onEvent: (event: JobEvent) => void): Promise<RunOutcome> {
    if (this.#running !== null) {
      throw new JobError('STATE_BUSY', `Job ${this.#running.jobId} is running here already.`, {
        hint: 'Pause it first, or wait until it is done.',
      });
    }
    this.#look();
    const stop = new AbortController();
    this.#running = { jobId: request.jobId, stop };
    const announcer = new JobAnnouncer(request.jobId);
    let shown = Promise.resolve();
    const show = () => (shown = shown.then(() => showInCatalogue(request.jobId)));
    try {
      const run = request.retry === undefined ? runJob : retryJob;
      return await run(request, {
        spawn: this.#spawn,
        now: Date.now,
        cores: navigator.hardwareConcurrency,
        memoryBytes: machineMemoryBytes(navigator),
        stop: stop.signal,
        onEvent: (event) => {
          onEvent(event);
          announcer.announce(event);
          if (event.kind === 'state') void show();
        },
      });
    } finally {
      await show();
      announcer.close();
      this.#running = null;
    }
  }

  async drain(): Promise<void> {
    this.#running?.stop.abort();
  }

  async export(request: ExportRequest, onEvent: (event: JobEvent) => void): Promise<ExportOutcome> {
    onEvent({ kind: 'stage', stage: 'exporting', message: `Writing ${request.format}` });
    const worker = { name: 'The export worker', silentMs: EXPORT_SILENT_MS };
    try {
      const outcome = await onFreshWorker(this.#spawn.export, worker, (api, alive) =>
        api.export(request, (rowsWritten, rowsTotal) => {
          alive();
          onEvent({ kind: 'export', rowsWritten, rowsTotal });
        }),
      );
      for (const message of outcome.notices) onEvent({ kind: 'notice', level: 'warning', message });
      return outcome;
    } catch (thrown) {
      if (toJobError(thrown).code === 'STORE_CORRUPT') {
        const { round } = toJobError(thrown).details;
        const damaged = typeof round === 'number' ? roundId(request.jobId, round) : request.jobId;
        await markDamaged(damaged, toJobError(thrown)).catch(() => undefined);
        await showInCatalogue(request.jobId);
      }
      throw thrown;
    }
  }

  async preview(request: PreviewRequest): Promise<InputPreview> {
    const worker = { name: 'The ingest worker', silentMs: PREVIEW_SILENT_MS, stop: this.#look() };
    return onFreshWorker(this.#spawn.ingest, worker, (api) => api.preview(request));
  }

  async inspect(request: InspectRequest): Promise<InputInspection> {
    return inspectInput(request, this.#spawn, this.#look());
  }

  async list(): Promise<readonly JobRecord[]> {
    return listJobs();
  }

  async remove(jobId: string): Promise<void> {
    await withJobLock(jobId, async () => {
      await deleteJobDatabase(jobId);
      await removeJobManifest(jobId);
      await removeJobRecord(jobId);
    });
  }

  /** Ends what was being looked at. */
  #look(): AbortSignal {
    this.#looking.abort(new JobError('ABORTED', 'Something else was asked for meanwhile.'));
    this.#looking = new AbortController();
    return this.#looking.signal;
  }

  async readStored(jobId: string, after: StoredPage['next']): Promise<StoredPage> {
    return withJobLock(jobId, async () => {
      const db = await openExistingJob(jobId);
      try {
        return await readStoredPage(db, after);
      } finally {
        db.close();
      }
    });
  }

  async writeStored(jobId: string, records: readonly StoredRecord[], last: boolean): Promise<void> {
    await withJobLock(jobId, async () => {
      const db = await openJobDatabase(jobId);
      try {
        await writeStoredRecords(db, records);
        const meta = last && !isRoundId(jobId) ? await readJobMeta(db) : null;
        if (meta !== null) await writeJobManifest(meta.header);
      } finally {
        db.close();
      }
    });
    if (last && !isRoundId(jobId)) await showInCatalogue(jobId);
  }

  async doctor(): Promise<DoctorReport> {
    return diagnose(this.#spawn.device);
  }
}

/** Brings the catalogue in line with the job's database. It is a view, so a failure here must not stop the job. */
async function showInCatalogue(jobId: string): Promise<void> {
  try {
    const record = await readJobRecord(jobId);
    await (record === null ? removeJobRecord(jobId) : putJobRecord(record));
  } catch (thrown) {
    console.warn('the catalogue could not be brought up to date', thrown);
  }
}
