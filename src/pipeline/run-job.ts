import type { DeviceReport, LoadedModel } from '../core/device-info.ts';
import type { RunOutcome, RunRequest } from '../core/job-api.ts';
import type { Finish } from '../core/finish.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { JobEvent, JobState } from '../core/job-event.ts';
import { inputFormatOf } from '../core/input-format.ts';
import { type TaskKind } from '../core/job-spec.ts';
import type { ModelInfo, ModelWeights } from '../core/model-info.ts';
import { pooledOutput } from '../core/pooled-output.ts';
import { weightsTarget } from '../model/choose-weights.ts';
import { readImageModel } from '../model/read-image-model.ts';
import { readModel } from '../model/read-model.ts';
import type { DatasetIdentity } from '../source/dataset-identity.ts';
import { withJobLock } from '../store/job-lock.ts';
import { removeJobManifest, writeJobManifest } from '../store/job-manifest.ts';
import { readJobMeta, updateHeader } from '../store/job-meta.ts';
import type { JobHeader } from '../store/job-schema.ts';
import { deleteJobDatabase, storageError } from '../store/open-job-database.ts';
import { finishFor } from '../task/task-for.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import { checkInput } from './check-input.ts';
import { checkStored } from './check-stored.ts';
import { computeJob, rowsDone } from './compute-job.ts';
import { DeviceGroup } from './device-group.ts';
import { DeviceSession } from './device-session.ts';
import { begunDtype, checkFingerprint, jobFingerprint } from './job-fingerprint.ts';
import { createJob, reopenJob, type OpenedJob } from './open-job.ts';
import { pickDevice } from './pick-device.ts';
import { identityOf, sameDataset } from './same-dataset.ts';
import { RenewedSession } from './renewed-session.ts';
import { WEAR_LIMITS, type WearLimits } from './worker-wear.ts';
import { Mutex } from '../util/mutex.ts';
import type { WorkerSpawners } from './ports.ts';
import { splitThreads } from './split-threads.ts';

/** Batches on a GPU at once: one computes, one is submitted behind it, one is read back. */
const GPU_DEPTH = 3;
/** What a task does, in a word. */
const WORK: Readonly<Record<TaskKind, string>> = { embed: 'Embedding', classify: 'Classifying' };
/** Batches at a worker on the CPU: one runs, the next one is there when it ends. */
const WASM_DEPTH = 2;
/** Weights up to this share of the machine's memory are loaded a second time while the old worker still runs. */
const OVERLAP_SHARE = 1 / 16;

/** What a run needs beside the request. */
export type RunContext = {
  readonly spawn: WorkerSpawners;
  /** Clock in milliseconds since the epoch. */
  readonly now: () => number;
  /** Logical cores of this machine. */
  readonly cores: number;
  /** Of this machine, as far as the browser says. */
  readonly memoryBytes: number;
  /** When a device worker is replaced; left out: `WEAR_LIMITS`. */
  readonly wear?: WearLimits;
  readonly onEvent: (event: JobEvent) => void;
  /** Aborted by a drain. */
  readonly stop: AbortSignal;
};

/** The model and the device that a run goes with. */
type Engine = {
  readonly model: ModelInfo;
  readonly device: DeviceReport;
  readonly loaded: LoadedModel;
  readonly session: DeviceGroup;
};

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
      const error = toJobError(job === null ? thrown : await storageError(job.db, thrown));
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

/** Loads the model on a device. @param begun what a job that goes on was begun with; null for a new one */
export async function startEngine(
  request: RunRequest,
  context: RunContext,
  begun: Pick<JobHeader, 'device' | 'fingerprint'> | null,
): Promise<Engine> {
  const { spawn, onEvent } = context;
  const { task } = request.spec;
  const inputChecked = begun === null ? checkInput(request, spawn.ingest, context.stop) : Promise.resolve();
  // Thrown below, where it is awaited; what is wrong with the model is told first.
  inputChecked.catch(() => undefined);
  onEvent({ kind: 'stage', stage: 'checking', message: `Reading the model directory ${request.model.name}` });
  const device = await pickDevice(spawn.device, request.spec.device, context.cores, begun?.device ?? null);
  onEvent({ kind: 'device', device });
  const ofImages = inputFormatOf(request.spec.input) === 'images';
  const model = await (ofImages ? readImageModel : readModel)(request.model, {
    task: task.kind,
    maxLength: task.maxLength,
    normalize: task.kind === 'embed' ? task.normalize : undefined,
    dtype: begunDtype(request.spec.model.dtype, begun?.fingerprint ?? null),
    target: weightsTarget(device),
  });
  const finish = finishFor(task, model);
  await inputChecked;
  for (const note of model.notes) onEvent({ kind: 'notice', level: 'info', message: note });
  onEvent({
    kind: 'stage',
    stage: 'loading',
    message: `Loading ${model.weights.onnxPath} (${model.weights.dtype}: ${model.weightsReason}) on ${device.label}`,
  });
  const session = openDevice(context, device, model, finish);
  const loaded = await session.load();
  return { model, device, loaded, session };
}

/** Workers for the model, as many as this machine has room for. Nothing is loaded yet. */
function openDevice(
  context: RunContext,
  device: DeviceReport,
  model: ModelInfo,
  finish: Finish,
): DeviceGroup {
  const { spawn, onEvent } = context;
  const { workers, threads } = splitThreads(
    device.provider,
    device.threads,
    weightBytes(model.weights),
    context.memoryBytes,
  );
  const request = {
    provider: device.provider,
    threads,
    weights: model.weights,
    padTokenId: model.padTokenId,
    ...(model.image === undefined ? {} : { image: model.image }),
    finish,
  };
  const warn = (message: string) => onEvent({ kind: 'notice', level: 'warning', message });
  const onRestart = (reason: JobError) =>
    warn(`The device failed (${reason.code}: ${reason.message}). A fresh one runs its batches again.`);
  const renewal = {
    open: () => new DeviceSession(spawn.device, request, onRestart),
    limits: context.wear ?? WEAR_LIMITS,
    overlap: weightBytes(model.weights) <= context.memoryBytes * OVERLAP_SHARE,
    turn: new Mutex(),
    onRenewed: (reason: string) =>
      onEvent({
        kind: 'notice',
        level: 'info',
        message: `A fresh device worker took over, as ${reason}.`,
      }),
    onKept: (reason: JobError) =>
      warn(`No fresh device worker could be loaded (${reason.message}): the job goes on with the old one.`),
  };
  return new DeviceGroup({
    sessions: Array.from({ length: workers }, () => new RenewedSession(renewal)),
    depth: device.provider === 'webgpu' ? GPU_DEPTH : WASM_DEPTH,
    onFewer: (reason) =>
      warn(
        `One worker fewer than planned: another copy of the model could not be loaded (${reason.message}).`,
      ),
  });
}

function weightBytes({ onnx, externalData }: ModelWeights): number {
  return [onnx, ...Object.values(externalData)].reduce((sum, ref) => sum + openByteRange(ref).byteLength, 0);
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
