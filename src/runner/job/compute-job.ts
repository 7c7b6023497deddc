import type { RunOutcome, RunRequest } from '../../core/job-api.ts';
import { JobError } from '../../core/job-error.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import type { ModelDir } from '../model/model-dir.ts';
import type { Reporter } from '../reporters/reporter.ts';
import type { FoundInput } from '../input/find-input.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import { inputRefs, modelRef } from './job-files.ts';
import type { RetryPlan } from './plan-job.ts';
import { diskFreeBytes, type DiskWatch } from './disk-watch.ts';
import type { RunnerSession } from './open-session.ts';
import type { StopSignals } from './stop-signals.ts';

export type ComputeOptions = {
  readonly session: RunnerSession;
  readonly manifest: JobManifest;
  /** Null unless its rows in quarantine are run again. */
  readonly retry: RetryPlan | null;
  /** The job may be in the browser's storage already. */
  readonly resumed: boolean;
  /** Null when the file is gone, which a resume may not mind. */
  readonly input: FoundInput | null;
  readonly model: ModelDir;
  readonly signals: StopSignals;
  readonly reporter: Reporter;
  /** The disk with the browser's storage. */
  readonly disk: { readonly folder: string; readonly watch: DiskWatch };
};

/**
 * Lets the page compute the rows that are missing. The first signal drains: the outcome is `paused` then.
 * @throws JobError: the page's, or `STATE_LOST` when the browser's storage no longer has what the manifest tells of.
 */
export async function computeJob(options: ComputeOptions): Promise<RunOutcome> {
  const { session, manifest, retry, input, model, signals, reporter } = options;
  if (signals.requested) throw new JobError('ABORTED', 'The job was stopped.');
  session.server.setIo({
    input: input?.files ?? [],
    model: model.files.map(({ file }) => file),
    output: null,
  });
  const request: Omit<RunRequest, 'resume'> = {
    jobId: manifest.id,
    spec: retry?.spec ?? manifest.spec,
    ...(retry === null ? {} : { retry: retry.kind }),
    input: input === null ? null : inputRefs(input.files, session.server),
    model: modelRef(model, session.server),
    ingestAhead: 'bounded',
    rowsKnown: manifest.rowsDone,
  };
  const stopped = new AbortController();
  signals.onStop(() => {
    stopped.abort();
    reporter.report({ kind: 'stopping' });
    // When the page is gone, `run` says so.
    session.page.call('drain').catch(() => undefined);
  });
  try {
    return await runWithRoom(options, { ...request, resume: options.resumed }, stopped.signal);
  } catch (error) {
    if (!options.resumed || !(error instanceof JobError) || error.code !== 'JOB_NOT_FOUND') throw error;
    if (manifest.rowsDone > 0) throw stateLost(manifest);
    // Stopped before the page had stored anything of it.
    return runWithRoom(options, { ...request, resume: false }, stopped.signal);
  }
}

/** Runs the job; while the disk is nearly full, it is stopped in good order, and then gone on with. */
async function runWithRoom(
  options: ComputeOptions,
  request: RunRequest,
  stopped: AbortSignal,
): Promise<RunOutcome> {
  const { session, disk, signals, reporter } = options;
  const warn = (message: string) => reporter.report({ kind: 'notice', level: 'warning', message });
  let { resume } = request;
  for (;;) {
    const running = new AbortController();
    let full = false;
    const watching = disk.watch.untilFull(AbortSignal.any([running.signal, stopped])).then((free) => {
      if (free === null) return;
      full = true;
      warn(
        `Paused: the disk of ${disk.folder} is nearly full (${formatBytes(free)} free). Everything computed is kept; the job goes on by itself when there is room.`,
      );
      session.page.call('drain').catch(() => undefined);
    });
    try {
      const diskBytes = await diskFreeBytes(disk.folder).catch(() => null);
      const outcome = await session.page.call('run', {
        ...request,
        resume,
        ...(diskBytes === null ? {} : { diskBytes }),
      });
      if (outcome.kind === 'computed' || !full || signals.requested) return outcome;
    } finally {
      running.abort();
      await watching;
    }
    await disk.watch.untilRoom(stopped);
    // It may have been stopped before anything was stored.
    resume = (await session.page.call('list')).some(({ id }) => id === request.jobId);
    if (signals.requested) throw new JobError('ABORTED', 'The job was stopped.');
    reporter.report({ kind: 'notice', level: 'info', message: 'There is room again: going on.' });
  }
}

/** What to say when the manifest knows of rows that the browser's storage does not have. */
export function stateLost(manifest: JobManifest): JobError {
  return new JobError(
    'STATE_LOST',
    `Job ${manifest.id} had ${manifest.rowsDone} rows, but the browser's storage no longer has them: it was emptied, or opened by another kind of browser in between.`,
    {
      hint: `Remove the job with \`millrace rm ${manifest.id}\` and run it again; nothing of it can be recovered.`,
    },
  );
}
