import type { RunOutcome, RunRequest } from '../core/job-api.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { JobState } from '../core/job-event.ts';
import { type TaskKind } from '../core/job-spec.ts';
import { pooledOutput } from '../core/pooled-output.ts';
import type { DatasetIdentity } from '../source/dataset-identity.ts';
import { withJobLock } from '../store/job-lock.ts';
import { removeJobManifest, writeJobManifest } from '../store/job-manifest.ts';
import { readJobMeta, updateHeader } from '../store/job-meta.ts';
import { deleteJobDatabase, storageError } from '../store/open-job-database.ts';
import { checkStored } from './check-stored.ts';
import { computeJob, rowsDone } from './compute-job.ts';
import type { DeviceGroup } from './device-group.ts';
import { checkFingerprint, jobFingerprint } from './job-fingerprint.ts';
import { createJob, reopenJob, type OpenedJob } from './open-job.ts';
import { identityOf, sameDataset } from './same-dataset.ts';
import { startEngine, type Engine, type RunContext } from './start-engine.ts';

/** What a task does, in a word. */
const WORK: Readonly<Record<TaskKind, string>> = { embed: 'Embedding', classify: 'Classifying' };

/**
 * Runs a job from where it stands to its last row, or until it is stopped. Everything that was computed is committed when
 * it returns. @throws JobError; the job can be resumed unless the code says otherwise. `STATE_LOST` when a job that had rows
 * is there by name alone.
 */
export async function runJob(request: RunRequest, context: RunContext): Promise<RunOutcome> {
  return withJobLock(request.jobId, async () => {
    let job = request.resume ? await reopenJob(request.jobId) : null;
    const isNew = job === null;
    if (request.resume && isNew && (request.rowsKnown ?? 0) > 0) throw stateLost(request);
    let session: DeviceGroup | null = null;
    try {
      const dataset = job === null ? null : await sameDataset(request, job, context.onEvent);
      const engine = await startEngine(request, context, job?.header ?? null);
      session = engine.session;
      // Refused before a job begins.
      pooledOutput(request.spec.task, engine.loaded.output);
      context.stop.throwIfAborted();
      job = job === null ? await begin(request, context, engine) : await goOn(request, job, engine, dataset);
      const outcome = await compute(request, context, job, engine);
      await setState(job, context, outcome.kind === 'computed' ? 'computed' : 'paused', null);
      if (outcome.kind === 'computed') context.onEvent({ kind: 'summary', summary: outcome.summary });
      return outcome;
    } catch (thrown) {
      const error = toJobError(job === null ? thrown : await storageError(job.db, thrown, context.stop));
      const done = job === null ? 0 : await recordFailure(request, context, job, isNew, error);
      if (error.code === 'ABORTED') return { kind: 'paused', rowsDone: done };
      throw error;
    } finally {
      session?.close();
      job?.db.close();
    }
  });
}

function stateLost({ jobId, rowsKnown }: RunRequest): JobError {
  return new JobError(
    'STATE_LOST',
    `Job ${jobId} had ${rowsKnown} rows, but the browser's storage holds nothing of it any more: it was emptied in between.`,
    { hint: 'Remove the job and run it again; nothing of it can be recovered.' },
  );
}

export async function fingerprintOf(
  request: RunRequest,
  engine: Engine,
  known: DatasetIdentity | null = null,
) {
  const dataset = known ?? (await identityOf(request));
  const { model, loaded, device, session } = engine;
  return jobFingerprint(request.spec, dataset, model, session.request.finish, loaded, device.provider);
}

async function begin(request: RunRequest, context: RunContext, engine: Engine): Promise<OpenedJob> {
  const fingerprint = await fingerprintOf(request, engine);
  const job = await createJob(request, context.now(), fingerprint, engine.loaded.output, engine.device);
  try {
    await writeJobManifest({ id: request.jobId, createdAt: job.header.createdAt, spec: request.spec });
  } catch (thrown) {
    job.db.close();
    await deleteJobDatabase(request.jobId);
    throw thrown;
  }
  return job;
}

async function goOn(
  request: RunRequest,
  job: OpenedJob,
  engine: Engine,
  dataset: DatasetIdentity | null,
): Promise<OpenedJob> {
  if (request.input === null && !job.ingest.complete) {
    throw new JobError(
      'INPUT_NEEDED',
      `Job ${request.jobId} has not read its input to the end, and the file is not at hand.`,
      {
        hint: 'Choose the same file again.',
      },
    );
  }
  const before = job.header.fingerprint;
  if (before === null) throw new JobError('STORE_CORRUPT', `Job ${request.jobId} has no fingerprint.`);
  const now = await fingerprintOf(request, engine, dataset);
  checkFingerprint(request.jobId, before, now, request.input === null);
  return job;
}

/** Checks what earlier runs stored of a job, and computes the rest. */
export async function compute(
  request: RunRequest,
  context: RunContext,
  job: OpenedJob,
  engine: Engine,
): Promise<RunOutcome> {
  const totals = request.resume ? await checkStored({ ...context, request, job }) : job.totals;
  await setState(job, context, 'running', null);
  const done = rowsDone(totals, job.ingest.rejects);
  if (done > 0) context.onEvent({ kind: 'resumed', rowsDone: done });
  context.onEvent({
    kind: 'stage',
    stage: 'running',
    message: `${WORK[request.spec.task.kind]} on ${engine.device.label}`,
  });
  return computeJob({ ...context, ...engine, request, job, totals });
}

export async function setState(
  job: OpenedJob,
  context: RunContext,
  state: JobState,
  error: string | null,
): Promise<void> {
  await updateHeader(job.db, job.header.epoch, { state, error, updatedAt: context.now() });
  context.onEvent({ kind: 'state', state });
}

/** Rows that are done. A new job that never got to its first window leaves nothing behind. */
export async function recordFailure(
  request: RunRequest,
  context: RunContext,
  job: OpenedJob,
  isNew: boolean,
  error: JobError,
): Promise<number> {
  try {
    const meta = await readJobMeta(job.db);
    const keeps = error.code === 'ABORTED' || error.code === 'QUARANTINE_LIMIT';
    if (isNew && !keeps && (meta === null || meta.totals.windows === 0)) {
      job.db.close();
      await deleteJobDatabase(request.jobId);
      await removeJobManifest(request.jobId);
      return 0;
    }
    const aborted = error.code === 'ABORTED';
    await setState(
      job,
      context,
      aborted ? 'paused' : 'failed',
      aborted ? null : `${error.code}: ${error.message}`,
    );
    return meta === null ? 0 : rowsDone(meta.totals, meta.ingest.rejects);
  } catch {
    // The store itself is what failed, or another owner has it: the first error says more.
    return 0;
  }
}
