import { compareFingerprints, type Fingerprint } from '../core/fingerprint.ts';
import type { RunOutcome, RunRequest } from '../core/job-api.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { JobEvent, JobSummary } from '../core/job-event.ts';
import type { JobSpec } from '../core/job-spec.ts';
import { roundId } from '../core/retry-round.ts';
import { withJobLock } from '../store/job-lock.ts';
import { deleteJobDatabase, storageError } from '../store/open-job-database.ts';
import { checkFingerprint } from './job-fingerprint.ts';
import { jobSummary } from './job-summary.ts';
import { createJob, reopenJob, type OpenedJob } from './open-job.ts';
import { quarantinedRows } from './read-rows.ts';
import {
  isComputed,
  readRounds,
  roundFacts,
  roundTotals,
  rowsQuarantined,
  type JobRounds,
} from './retry-rounds.ts';
import { compute, fingerprintOf, recordFailure, setState } from './run-job.ts';
import { startEngine, type RunContext } from './start-engine.ts';

/** What a retry may have other than the job: the input, which is mended, and what does not mix two models. */
const MAY_DIFFER = new Set([
  'input size',
  'input start',
  'input end',
  'max length',
  'device',
  'batch tokens',
  'dedupe',
]);

/**
 * Runs the rows in quarantine of a finished job again, as a job of their own that is stored beside it, and counts only
 * when it is finished: until then the job is what it was. Everything that was computed is committed when it returns.
 * @throws JobError as `runJob`; `JOB_UNFINISHED`; `INPUT_CHANGED` when the input differs in more than these rows.
 */
export async function retryJob(request: RunRequest, context: RunContext): Promise<RunOutcome> {
  return withJobLock(request.jobId, async () => {
    const rounds = await readRounds(request.jobId);
    checkRetry(rounds, request);
    const begun = rounds.job.meta.header;
    const retryOf = await retriedOf(rounds);
    const inner: RunRequest = { ...request, jobId: roundId(request.jobId, rounds.finished.length + 1) };
    const inWhole = { ...context, onEvent: wholeJobEvents(context.onEvent, retryOf) };
    let job = await openRound(rounds, request, inner);
    let session: { close(): void } | null = null;
    let isNew = job === null;
    try {
      const sameDevice = request.spec.device === begun.spec.device;
      const engine = await startEngine(
        inner,
        context,
        job?.header ?? { fingerprint: begun.fingerprint, device: sameDevice ? begun.device : null },
      );
      session = engine.session;
      context.stop.throwIfAborted();
      const fingerprint = await fingerprintOf(inner, engine);
      checkSameResults(request.jobId, begun.fingerprint ?? {}, fingerprint);
      if (job !== null && !isSame(job.header.fingerprint, fingerprint)) {
        if (request.retry === 'goOn')
          checkFingerprint(request.jobId, job.header.fingerprint ?? {}, fingerprint, false);
        job.db.close();
        job = null;
        isNew = true;
        await discardRounds(rounds, context);
      }
      job ??= await createJob(inner, context.now(), fingerprint, engine.loaded.output, engine.device);
      const opened = { ...job, retryOf };
      const outcome = await compute({ ...inner, resume: !isNew }, inWhole, opened, engine);
      await setState(job, context, outcome.kind === 'computed' ? 'computed' : 'paused', null);
      if (outcome.kind === 'paused')
        return { kind: 'paused', rowsDone: outcome.rowsDone + retryOf.rowsBefore };
      const summary = wholeSummary(outcome.summary, await readRounds(request.jobId));
      context.onEvent({ kind: 'summary', summary });
      return { kind: 'computed', summary };
    } catch (thrown) {
      const error = toJobError(job === null ? thrown : await storageError(job.db, thrown, context.stop));
      const done = job === null ? 0 : await recordFailure(inner, context, job, isNew, error);
      if (error.code === 'ABORTED') return { kind: 'paused', rowsDone: done + retryOf.rowsBefore };
      throw error;
    } finally {
      session?.close();
      job?.db.close();
    }
  });
}

function checkRetry(rounds: JobRounds, { jobId, input }: RunRequest): void {
  if (!isComputed(rounds.job.meta))
    throw new JobError('JOB_UNFINISHED', `Job ${jobId} is not finished: a retry comes after that.`, {
      hint: `Go on with it first: millrace resume ${jobId}.`,
    });
  if (rowsQuarantined(rounds) === 0)
    throw new JobError('SPEC_INVALID', `Job ${jobId} has no row in quarantine: there is nothing to retry.`);
  if (input === null)
    throw new JobError(
      'INPUT_NEEDED',
      'A retry reads the rows in quarantine again, and the file is not at hand.',
      {
        hint: 'Choose the file, mended, again.',
      },
    );
}

async function retriedOf(rounds: JobRounds): Promise<NonNullable<OpenedJob['retryOf']>> {
  const { job, finished } = rounds;
  const files = job.meta.header.fingerprint?.['input files'];
  const source = {
    jobId: job.id,
    fileCount: typeof files === 'number' ? files : 1,
    earlier: finished.map(({ id }) => id),
  };
  const { rows } = job.meta.ingest;
  return { ...source, rows, rowsBefore: rows - (await quarantinedRows(source)).length };
}

/** The retry that was begun and not finished, where it is to go on. */
async function openRound(
  rounds: JobRounds,
  request: RunRequest,
  inner: RunRequest,
): Promise<OpenedJob | null> {
  if (rounds.open[0] !== inner.jobId) return null;
  const job = await reopenJob(inner.jobId);
  if (job !== null && (request.retry === 'goOn' || sameParameters(job.header.spec, request.spec))) return job;
  job?.db.close();
  await deleteOpen(rounds);
  return null;
}

function sameParameters(before: JobSpec, now: JobSpec): boolean {
  const parameters = ({ task, device, batchTokens, dedupe }: JobSpec) =>
    JSON.stringify([task.maxLength ?? null, device, batchTokens, dedupe]);
  return parameters(before) === parameters(now);
}

async function discardRounds(rounds: JobRounds, { onEvent }: RunContext): Promise<void> {
  const message =
    'The retry that was stopped had another input or other parameters; this one begins with the first of its rows.';
  onEvent({ kind: 'notice', level: 'info', message });
  await deleteOpen(rounds);
}

async function deleteOpen({ open }: JobRounds): Promise<void> {
  for (const id of open) await deleteJobDatabase(id);
}

function isSame(before: Fingerprint | null, now: Fingerprint): boolean {
  return before !== null && compareFingerprints(before, now).length === 0;
}

/** @throws JobError `JOB_MISMATCH` naming what would mix two kinds of results in one output. */
function checkSameResults(jobId: string, before: Fingerprint, now: Fingerprint): void {
  const changes = compareFingerprints(before, now).filter(({ name }) => !MAY_DIFFER.has(name));
  if (changes.length === 0) return;
  const list = changes.map((change) => `${change.name} was ${change.before} and is now ${change.now}`);
  throw new JobError(
    'JOB_MISMATCH',
    `Rows of job ${jobId} cannot be retried, because their results would not fit to the others: ${list.join('; ')}.`,
    {
      hint: 'Put back what changed, or run all rows as a new job: nothing was deleted.',
      details: { changed: changes.map(({ name }) => name).join(', ') },
    },
  );
}

/** Progress of a retry as the progress of its job. */
function wholeJobEvents(
  onEvent: (event: JobEvent) => void,
  { rows, rowsBefore }: NonNullable<OpenedJob['retryOf']>,
): (event: JobEvent) => void {
  return (event) => {
    if (event.kind === 'resumed') return onEvent({ ...event, rowsDone: event.rowsDone + rowsBefore });
    if (event.kind !== 'progress') return onEvent(event);
    const { progress } = event;
    const mended = progress.rowsDone - progress.rowsQuarantined;
    return onEvent({
      ...event,
      progress: {
        ...progress,
        rowsDone: progress.rowsDone + rowsBefore,
        // Those that are not run yet still are.
        rowsQuarantined: rows - rowsBefore - mended,
        rowsTotal: rows,
        rowsTotalExact: true,
      },
    });
  };
}

function wholeSummary(round: JobSummary, rounds: JobRounds): JobSummary {
  const { job, finished } = rounds;
  const { ingest } = (finished.at(-1) ?? job).meta;
  const totals = roundTotals(rounds);
  const computed = round.rowsEmbedded + round.rowsQuarantined - round.rowsResumed;
  const { rows } = job.meta.ingest;
  return {
    ...jobSummary(
      totals,
      { ...ingest, rows },
      round.device,
      round.weights!,
      round.output,
      round.activation,
      rows - computed,
      round.agreement,
      round.batching,
      round.metrics,
    ),
    rounds: roundFacts(rounds),
  };
}
