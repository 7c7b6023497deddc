import { CHUNKS_AHEAD, windowChunks } from '../checkpoint/window-chunks.ts';
import type { DeviceReport, LoadedModel } from '../core/device-info.ts';
import type { RunOutcome, RunRequest } from '../core/job-api.ts';
import type { JobError } from '../core/job-error.ts';
import type { DeviceAgreement, JobEvent } from '../core/job-event.ts';
import type { ModelInfo } from '../core/model-info.ts';
import { pooledOutput } from '../core/pooled-output.ts';
import { resultRowBytes } from '../core/result-output.ts';
import type { JobTotals } from '../store/job-schema.ts';
import { updateHeader } from '../store/job-meta.ts';
import { describeAgreement } from '../core/describe-agreement.ts';
import { taskFor } from '../task/task-for.ts';
import { preciseNow } from '../util/precise-now.ts';
import { headRequest } from './check-input.ts';
import { ChunkFeed } from './chunk-feed.ts';
import { CommitQueue } from './commit-queue.ts';
import { DeviceCheck } from './device-check.ts';
import type { DeviceGroup } from './device-group.ts';
import { DeviceRunner } from './device-runner.ts';
import { EarlierResults } from './earlier-results.ts';
import { JobBatcher } from './job-batcher.ts';
import { jobSummary } from './job-summary.ts';
import type { OpenedJob } from './open-job.ts';
import type { IngestRequest, WorkerSpawners } from './ports.ts';
import { PreparePool } from './prepare-pool.ts';
import { prepareWindows, type RecordedWindows } from './prepare-windows.ts';
import { ProgressMeter } from './progress-meter.ts';
import { withRowFacts } from './row-facts.ts';
import { quarantineCounts, quarantineError } from './quarantine-guard.ts';
import { readRecordedWindows } from './recorded-windows.ts';
import { RunMeter } from './run-meter.ts';
import { runWindows } from './run-windows.ts';
import { openedTeller, quarantineTeller } from './tellers.ts';
import { resultsPerRow } from './results-per-row.ts';
import { checkStorageNeed, watchStorage } from './watch-storage.ts';

const PROGRESS_EVERY_MS = 250;

export type ComputeOptions = {
  readonly request: RunRequest;
  readonly job: OpenedJob;
  readonly totals: JobTotals;
  readonly model: ModelInfo;
  readonly device: DeviceReport;
  readonly session: DeviceGroup;
  readonly loaded: LoadedModel;
  readonly spawn: WorkerSpawners;
  readonly cores: number;
  readonly onEvent: (event: JobEvent) => void;
  readonly stop: AbortSignal;
};

/** What the ingest worker is told about the job's input; null when the input is not at hand. */
export function ingestRequest(request: RunRequest, job: OpenedJob, allowed: number): IngestRequest | null {
  const head = headRequest(request);
  if (head === null) return null;
  const retry = job.retryOf === undefined ? {} : { retry: job.retryOf };
  return { jobId: request.jobId, epoch: job.header.epoch, ...head, ...retry, allowed };
}

/** Reads, prepares, runs and commits what is still to be done. */
export async function computeJob(options: ComputeOptions): Promise<RunOutcome> {
  const { request, job, model, device, session, onEvent, stop } = options;
  const { dedupe } = request.spec;
  const { output } = session;
  const { recorded, known } = await readRecordedWindows(job.db, dedupe);
  const tellRefused = quarantineTeller(onEvent);
  const failed = new AbortController();
  let failure: { readonly thrown: unknown } | null = null;
  const fail = (thrown: unknown) => {
    failure ??= { thrown };
    failed.abort(thrown);
  };
  const poolSize = Math.max(1, Math.min(4, options.cores - 1));
  const onRestart = (reason: JobError) => {
    const message = `${reason.message} A fresh worker goes on.`;
    onEvent({ kind: 'notice', level: 'warning', message });
  };
  let judging: Promise<void> = Promise.resolve();
  /** Stops a job that is mostly wrong. */
  const judge = (atEnd: boolean) => {
    const counts = quarantineCounts(commits.totals, feed.state, job.retryOf);
    judging = judging.then(async () => {
      const error = failed.signal.aborted
        ? null
        : await quarantineError(job.db, request.spec.maxQuarantine, counts, atEnd);
      if (error !== null) fail(error);
    });
    // Thrown below, where it is awaited.
    judging.catch(() => undefined);
  };
  const pool = await PreparePool.start({
    spawn: options.spawn.prepare,
    size: poolSize,
    task: request.spec.task,
    model: output.kind === 'vector' ? { ...model, vectorDims: output.dims } : model,
    onRestart,
  });
  const meter = new RunMeter(preciseNow, session.workers);
  const feed = new ChunkFeed({
    spawn: options.spawn.ingest,
    state: job.ingest,
    onRejects: (rejects) => {
      tellRefused(rejects);
      if (rejects.length > 0) judge(false);
    },
    onCost: (cost) => meter.chunkRead(cost),
    onOpen: openedTeller(onEvent),
    onRestart,
  });
  const progress = new ProgressMeter(preciseNow, options.totals);
  const storage = watchStorage(job, onEvent);
  const halt = AbortSignal.any([stop, failed.signal]);
  const commits = new CommitQueue({
    db: job.db,
    epoch: job.header.epoch,
    totals: options.totals,
    // Not the time of day, which jumps when the machine wakes up or is set right.
    now: preciseNow,
    onCommit: (totals, refused) => {
      progress.sample(totals);
      tellRefused(refused);
      if (refused.length > 0) judge(false);
    },
    onCost: (ms, openMs) => meter.committed(ms, openMs),
    onError: fail,
    whenRoom: (write) => storage.gate.write(write, halt),
  });
  const runner = new DeviceRunner(session, (examples, cost) => meter.batchRun(examples, cost));
  const check = new DeviceCheck({
    spawn: options.spawn.device,
    runner,
    request: session.request,
    device,
    commits,
    agreement: job.header.agreement,
    onAgreed: (agreement) => recordAgreement(options, agreement),
    onFailed: fail,
  });
  const report = () =>
    onEvent({
      kind: 'progress',
      progress: progress.progress(commits.totals, feed.state, commits.rowsWaiting),
    });
  const ticker = setInterval(report, PROGRESS_EVERY_MS);
  const batcher = new JobBatcher(job, {
    batchTokens: request.spec.batchTokens,
    device,
    loaded: options.loaded,
    widths: model.widths,
    session,
    ingest: () => feed.state,
    clock: () => performance.now(),
    onEvent,
    signal: halt,
  });
  try {
    if (!job.ingest.complete) {
      const bounded = firstChunkNeeded(recorded) + CHUNKS_AHEAD;
      feed.start(ingestRequest(request, job, request.ingestAhead === 'all' ? Infinity : bounded)!);
    }
    if (await feed.has(0, halt)) {
      await checkStorageNeed({
        job,
        ingest: feed.state,
        totals: options.totals,
        output: session.output,
        resultsPerRow: await resultsPerRow(job.db, pool, request.spec.task),
        copiesInput: request.ingestAhead === 'all',
        diskBytes: request.diskBytes ?? null,
        onEvent,
      });
    }
    await runWindows({
      windows: prepareWindows({
        db: job.db,
        feed,
        pool,
        recorded,
        batching: (examples, rows) => batcher.forWindow(examples, rows),
        dedupe,
        known,
        signal: halt,
        onPrepared: (ms) => meter.chunkPrepared(ms),
      }),
      runner,
      commits,
      meter,
      earlier: dedupe ? new EarlierResults(job.db, resultRowBytes(output), commits) : null,
      maxInFlight: session.maxInFlight,
      onWindow: async (window) => {
        await storage.gate.pass(halt);
        feed.allow(window.record.firstChunk + window.record.chunkCount + CHUNKS_AHEAD);
        check.begin(window);
      },
      onOutOfMemory: ({ record }) => batcher.outOfMemory(record),
      countTokens: request.spec.input.format === 'openai',
      withIds: (window, refused) =>
        withRowFacts(job.db, taskFor(request.spec.task.kind).readColumns(request.spec), window, refused),
      stop: halt,
    });
  } finally {
    clearInterval(ticker);
    storage.close();
    // What is computed is kept, whatever ended the run, but not before the GPU is known to compute right.
    await check.settled();
    await commits.flush();
    await batcher.saved().catch(fail);
    feed.close();
    pool.close();
    report();
    if (!stop.aborted) judge(true);
    await judging.catch(fail);
  }
  if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
  const { totals } = commits;
  const { finish } = session.request;
  if (stop.aborted) return { kind: 'paused', rowsDone: rowsDone(totals, feed.state.rejects) };
  const resumed = rowsDone(options.totals, job.ingest.rejects);
  return {
    kind: 'computed',
    summary: jobSummary(
      totals,
      feed.state,
      device,
      { dtype: model.weights.dtype, path: model.weights.onnxPath, reason: model.weightsReason },
      pooledOutput(request.spec.task, session.output),
      finish.kind === 'labels' ? finish.activation : null,
      resumed,
      check.agreement,
      batcher.chosen,
      meter.metrics(session.renewals),
    ),
  };
}

async function recordAgreement(
  { job, device, onEvent }: ComputeOptions,
  agreement: DeviceAgreement,
): Promise<void> {
  await updateHeader(job.db, job.header.epoch, { agreement });
  const message = `${device.label} agrees with WASM on ${agreement.rows} rows (${describeAgreement(agreement)})`;
  onEvent({ kind: 'notice', level: 'info', message });
}

/** Rows that have their end in the store. */
export function rowsDone(totals: JobTotals, rejects: number): number {
  return totals.rowsEmbedded + totals.rowsRefused + rejects;
}

function firstChunkNeeded(recorded: RecordedWindows): number {
  let window = 0;
  while (recorded.get(window) === 'complete') window++;
  const { first, count } = windowChunks(window);
  return first + count;
}
