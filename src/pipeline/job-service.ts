import type { ByteRangeRef } from '../core/byte-range.ts';
import type {
  DoctorReport,
  ExportOutcome,
  ExportRequest,
  InputPreview,
  JobApi,
  JobRecord,
  RunOutcome,
  RunRequest,
} from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { JobEvent } from '../core/job-event.ts';
import { inputFormatOf, type InputFormat } from '../core/job-spec.ts';
import { putJobRecord, removeJobRecord } from '../store/catalogue.ts';
import { withJobLock } from '../store/job-lock.ts';
import { removeJobManifest } from '../store/job-manifest.ts';
import { deleteJobDatabase } from '../store/open-job-database.ts';
import { machineMemoryBytes } from '../util/machine-memory.ts';
import { diagnose } from './diagnose.ts';
import { listJobs, readJobRecord } from './list-jobs.ts';
import type { WorkerSpawners } from './ports.ts';
import { runJob } from './run-job.ts';

/** What the job worker offers. One job runs at a time. */
export class JobService implements JobApi {
  readonly #spawn: WorkerSpawners;
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
    const stop = new AbortController();
    this.#running = { jobId: request.jobId, stop };
    let shown = Promise.resolve();
    const show = () => (shown = shown.then(() => showInCatalogue(request.jobId)));
    try {
      return await runJob(request, {
        spawn: this.#spawn,
        now: Date.now,
        cores: navigator.hardwareConcurrency,
        memoryBytes: machineMemoryBytes(navigator),
        stop: stop.signal,
        onEvent: (event) => {
          onEvent(event);
          if (event.kind === 'state') void show();
        },
      });
    } finally {
      await show();
      this.#running = null;
    }
  }

  async drain(): Promise<void> {
    this.#running?.stop.abort();
  }

  async export(request: ExportRequest, onEvent: (event: JobEvent) => void): Promise<ExportOutcome> {
    onEvent({ kind: 'stage', stage: 'exporting', message: `Writing ${request.format}` });
    const port = this.#spawn.export();
    try {
      const outcome = await port.api.export(request, (rowsWritten, rowsTotal) => {
        onEvent({ kind: 'export', rowsWritten, rowsTotal });
      });
      for (const message of outcome.notices) onEvent({ kind: 'notice', level: 'warning', message });
      return outcome;
    } finally {
      port.terminate();
    }
  }

  async preview(input: ByteRangeRef, format: string | null, rows: number): Promise<InputPreview> {
    const port = this.#spawn.ingest();
    try {
      const named = format === null ? inputFormatOf({ path: input.name }) : (format as InputFormat);
      return await port.api.preview(input, named, rows);
    } finally {
      port.terminate();
    }
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
