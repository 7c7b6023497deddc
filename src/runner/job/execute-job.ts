import type { ExitCode } from '../../core/exit-code.ts';
import { EXIT, exitCodeFor } from '../../core/exit-code.ts';
import { JobError, toJobError } from '../../core/job-error.ts';
import { outputFormatOf } from '../../core/output-format.ts';
import { OLDEST_GOOD_MAJOR, majorOf } from '../browser/browser-version.ts';
import type { FoundBrowser } from '../browser/find-browser.ts';
import type { CliContext } from '../commands/command.ts';
import { offlineUnproven, type OfflineWatch } from '../offline/offline-watch.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { checkBrowser } from '../state/browser-record.ts';
import { LiveFile } from '../state/live-file.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { ManifestWriter } from '../state/manifest-writer.ts';
import { profileDirIn } from '../state/state-dir.ts';
import { computeJob, stateLost } from './compute-job.ts';
import { DiskWatch, diskFreeBytes } from './disk-watch.ts';
import { exportJob } from './export-job.ts';
import { followEvents } from './follow-events.ts';
import type { OutputEvent } from '../reporters/runner-event.ts';
import type { RunnerSession } from './open-session.ts';
import { openSession } from './open-session.ts';
import type { JobPlan } from './plan-job.ts';
import { removeSpool } from '../input/spool-stdin.ts';
import { removeJob } from './remove-job.ts';
import { resumeCommand } from './resume-command.ts';
import { StopSignals } from './stop-signals.ts';

export type ExecuteOptions = {
  readonly plan: JobPlan;
  readonly stateDir: string;
  readonly browser: FoundBrowser;
  readonly context: CliContext;
  readonly reporter: Reporter;
  /** Watches that nothing tries to leave; null when that is not to be proven. */
  readonly offline: OfflineWatch | null;
  /** Jobs to delete first: the demo's earlier ones. */
  readonly removeFirst?: readonly string[];
};

/**
 * Takes a job from wherever it stands to its output on disk: computes what is missing, exports, and keeps the manifest
 * true all the while. The caller holds the lock of the state directory. What goes wrong is reported and becomes the exit
 * code; nothing is thrown.
 */
export async function executeJob(options: ExecuteOptions): Promise<ExitCode> {
  const { plan, stateDir, reporter, offline } = options;
  const writer = new ManifestWriter(new ManifestFolder(stateDir), plan.manifest);
  const live = new LiveFile(stateDir, plan.manifest.id);
  const signals = new StopSignals();
  // Until there is a page that can drain.
  signals.onStop(() => reporter.report({ kind: 'stopping' }));
  try {
    await begin(options, writer);
    const session = await openSession({
      appDir: options.context.appDir,
      browser: options.browser,
      profileDir: profileDirIn(stateDir),
      env: options.context.env,
      onEvent: followEvents(reporter, writer, live),
    });
    let output: OutputEvent;
    try {
      output = await work(options, session, writer, signals);
    } finally {
      await session.close();
    }
    // What the browser does when it closes counts, too.
    const proof = offline?.proof() ?? null;
    await writer.set({ offline: proof });
    reporter.report(proof === null ? output : { ...output, offline: proof });
    if (proof?.proven === false) throw offlineUnproven(proof);
    return EXIT.complete;
  } catch (thrown) {
    return end(toJobError(thrown), options, writer);
  } finally {
    signals.dispose();
    await live.remove().catch(() => undefined);
  }
}

async function begin(
  { plan, stateDir, browser, context, reporter }: ExecuteOptions,
  writer: ManifestWriter,
): Promise<void> {
  await checkBrowser(stateDir, browser.version, context.env);
  const { id, spec } = plan.manifest;
  const state = plan.model === null ? 'computed' : 'running';
  const retry = plan.retry === null ? {} : { retry: { spec: plan.retry.spec, open: true } };
  await writer.set({ state, error: null, browserVersion: browser.version, offline: null, ...retry });
  reporter.report({
    kind: 'job',
    id,
    resumed: plan.resumed,
    input: [spec.input.path, ...(spec.input.morePaths ?? [])].join(' '),
    model: spec.model.path,
    output: spec.output.path,
    stateDir,
    browser: `${browser.path} ${browser.version}`,
  });
  if (plan.retry !== null) {
    const message = `Its rows in quarantine (${plan.manifest.rowsQuarantined}) are run again; the others are compared with what was read before.`;
    reporter.report({ kind: 'notice', level: 'info', message });
  }
  const { files = [], skipped = 0 } = plan.input ?? {};
  if (files.length > 1 || skipped > 0) {
    const passedOver = skipped === 0 ? '' : `; ${skipped} of other kinds are not read`;
    const message = `The input has ${files.length} files, from ${files[0]?.name} to ${files.at(-1)?.name}${passedOver}.`;
    reporter.report({ kind: 'notice', level: 'info', message });
  }
  for (const path of plan.model?.skipped ?? []) {
    const message = `The model file ${path} is no regular file of the model directory, or a link that leads out of it; it is not read.`;
    reporter.report({ kind: 'notice', level: 'warning', message });
  }
  if ((majorOf(browser.version) ?? 0) < OLDEST_GOOD_MAJOR) {
    const message = `This browser is older than version ${OLDEST_GOOD_MAJOR}: slower, and less able to recover from errors. Update it.`;
    reporter.report({ kind: 'notice', level: 'warning', message });
  }
}

async function work(
  options: ExecuteOptions,
  session: RunnerSession,
  writer: ManifestWriter,
  signals: StopSignals,
): Promise<OutputEvent> {
  const { plan, reporter } = options;
  const startedAt = performance.now();
  for (const id of options.removeFirst ?? [])
    await removeJob(session.page, new ManifestFolder(options.stateDir), id);
  if (plan.model !== null) {
    const { input, model, resumed } = plan;
    const outcome = await computeJob({
      session,
      manifest: plan.manifest,
      retry: plan.retry,
      resumed,
      input,
      model,
      signals,
      reporter,
      disk: {
        folder: options.stateDir,
        watch: new DiskWatch({ freeBytes: () => diskFreeBytes(options.stateDir) }),
      },
    });
    if (outcome.kind === 'paused') {
      await writer.set({ rowsDone: outcome.rowsDone });
      throw new JobError('ABORTED', 'The job was stopped.');
    }
    const { summary } = outcome;
    const { rows, rowsQuarantined } = summary;
    const retry = plan.retry === null ? {} : { retry: { spec: plan.retry.spec, open: false } };
    const counts = { rowsDone: rows, rowsTotal: rows, rowsQuarantined };
    await writer.set({ state: 'computed', summary, ...counts, ...retry });
  }
  if (signals.requested) throw new JobError('ABORTED', 'The job was stopped.');
  const { id, spec } = plan.manifest;
  const { compression, csvGuard, rowsPerFile } = spec.output;
  const { summary } = writer.manifest;
  if (summary !== null) reporter.report({ kind: 'summary', summary });
  const { outcome, files } = await exportJob({
    session,
    manifest: writer.manifest,
    format: outputFormatOf(spec.output),
    choices: { compression, csvGuard, rowsPerFile },
    names: plan.names,
    signals,
    beforePublish: (main) => writer.set({ publishing: [main] }),
  }).catch((error: unknown) => {
    throw error instanceof JobError && error.code === 'JOB_NOT_FOUND' ? stateLost(writer.manifest) : error;
  });
  await writer.set({ state: 'done', outputFiles: [...files], publishing: [] });
  await removeSpool(options.stateDir, id);
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    kind: 'output',
    jobId: id,
    files,
    rows: outcome.rows,
    inputRows: outcome.inputRows,
    rowsQuarantined: outcome.quarantined,
    seconds,
  };
}

async function end(error: JobError, options: ExecuteOptions, writer: ManifestWriter): Promise<ExitCode> {
  const { reporter, stateDir, context } = options;
  const stopped = error.code === 'ABORTED';
  // Computed rows stay computed, whatever became of the export, unless it found damage: then a resume has to mend it.
  const reached = writer.manifest.state;
  const exportable = (reached === 'computed' || reached === 'done') && error.code !== 'STORE_CORRUPT';
  const state = exportable ? reached : stopped ? 'paused' : 'failed';
  const noted = stopped ? null : { code: error.code, message: error.message };
  // What went wrong matters more than that it could not be written down.
  const change = refusedRetry(error, options.plan) ?? { state, error: noted, ...damagedRetry(error, writer) };
  await writer.set(change).catch(() => undefined);
  const { id } = options.plan.manifest;
  if (stopped) reporter.report({ kind: 'stopped', jobId: id, resume: resumeCommand(id, stateDir, context) });
  else reporter.report({ kind: 'error', code: error.code, message: error.message, hint: error.hint ?? null });
  return exitCodeFor(error.code);
}

/** A retry that cannot be as it was asked for leaves the job as it was: finished, with its output. */
function refusedRetry(error: JobError, { manifest, retry }: JobPlan): Partial<JobManifest> | null {
  const refused = exitCodeFor(error.code) === EXIT.doNotRetry && error.code !== 'STATE_LOST';
  if (retry === null || !refused || manifest.retry?.open === true) return null;
  const { state, error: before, rowsDone, rowsTotal, rowsQuarantined, retry: last } = manifest;
  return { state, error: before, rowsDone, rowsTotal, rowsQuarantined, retry: last };
}

/** A retry in whose results an export found damage has to be mended: a resume goes on with it. */
function damagedRetry({ code, details }: JobError, { manifest }: ManifestWriter): Partial<JobManifest> {
  const { retry } = manifest;
  const isRetry = code === 'STORE_CORRUPT' && details['round'] !== undefined;
  return isRetry && retry !== null ? { retry: { ...retry, open: true } } : {};
}
