import type { ExitCode } from '../../core/exit-code.ts';
import { EXIT, exitCodeFor } from '../../core/exit-code.ts';
import { JobError, toJobError } from '../../core/job-error.ts';
import { outputFormatOf } from '../../core/job-spec.ts';
import { OLDEST_GOOD_MAJOR, majorOf } from '../browser/browser-version.ts';
import type { FoundBrowser } from '../browser/find-browser.ts';
import type { CliContext } from '../commands/command.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { checkBrowserVersion } from '../state/browser-record.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { ManifestWriter } from '../state/manifest-writer.ts';
import { profileDirIn } from '../state/state-dir.ts';
import { computeJob, stateLost } from './compute-job.ts';
import { exportJob } from './export-job.ts';
import { followEvents } from './follow-events.ts';
import type { RunnerSession } from './open-session.ts';
import { openSession } from './open-session.ts';
import type { JobPlan } from './plan-job.ts';
import { removeJob } from './remove-job.ts';
import { resumeCommand } from './resume-command.ts';
import { StopSignals } from './stop-signals.ts';

export type ExecuteOptions = {
  readonly plan: JobPlan;
  readonly stateDir: string;
  readonly browser: FoundBrowser;
  readonly context: CliContext;
  readonly reporter: Reporter;
  /** Jobs to delete first: the demo's earlier ones. */
  readonly removeFirst?: readonly string[];
};

/**
 * Takes a job from wherever it stands to its output on disk: computes what is missing, exports, and keeps the manifest
 * true all the while. The caller holds the lock of the state directory. What goes wrong is reported and becomes the exit
 * code; nothing is thrown.
 */
export async function executeJob(options: ExecuteOptions): Promise<ExitCode> {
  const { plan, stateDir, reporter } = options;
  const writer = new ManifestWriter(new ManifestFolder(stateDir), plan.manifest);
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
      onEvent: followEvents(reporter, writer),
    });
    try {
      await work(options, session, writer, signals);
    } finally {
      await session.close();
    }
    return EXIT.complete;
  } catch (thrown) {
    return end(toJobError(thrown), options, writer);
  } finally {
    signals.dispose();
  }
}

async function begin(
  { plan, stateDir, browser, reporter }: ExecuteOptions,
  writer: ManifestWriter,
): Promise<void> {
  await checkBrowserVersion(stateDir, browser.version);
  const { id, spec } = plan.manifest;
  const state = plan.model === null ? 'computed' : 'running';
  await writer.set({ state, error: null, browserVersion: browser.version });
  reporter.report({
    kind: 'job',
    id,
    resumed: plan.resumed,
    input: spec.input.path,
    model: spec.model.path,
    output: spec.output.path,
    stateDir,
    browser: `${browser.path} ${browser.version}`,
  });
  for (const path of plan.model?.skipped ?? []) {
    const message = `The model file ${path} is a link that leads out of the model directory; it is not read.`;
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
): Promise<void> {
  const { plan, reporter } = options;
  const startedAt = performance.now();
  for (const id of options.removeFirst ?? [])
    await removeJob(session.page, new ManifestFolder(options.stateDir), id);
  if (plan.model !== null) {
    const { input, model, resumed } = plan;
    const outcome = await computeJob({
      session,
      manifest: plan.manifest,
      resumed,
      input,
      model,
      signals,
      reporter,
    });
    if (outcome.kind === 'paused') {
      await writer.set({ rowsDone: outcome.rowsDone });
      throw new JobError('ABORTED', 'The job was stopped.');
    }
    const { summary } = outcome;
    const { rows, rowsQuarantined } = summary;
    await writer.set({ state: 'computed', summary, rowsDone: rows, rowsTotal: rows, rowsQuarantined });
  }
  if (signals.requested) throw new JobError('ABORTED', 'The job was stopped.');
  const { id, spec } = plan.manifest;
  const { summary } = writer.manifest;
  if (summary !== null) reporter.report({ kind: 'summary', summary });
  const { outcome, files } = await exportJob({
    session,
    manifest: writer.manifest,
    format: outputFormatOf(spec.output),
    choices: { csvGuard: spec.output.csvGuard, rowsPerFile: spec.output.rowsPerFile },
    names: plan.names,
    signals,
  }).catch((error: unknown) => {
    throw error instanceof JobError && error.code === 'JOB_NOT_FOUND' ? stateLost(writer.manifest) : error;
  });
  await writer.set({ state: 'done', outputFiles: [...files] });
  const seconds = (performance.now() - startedAt) / 1000;
  reporter.report({
    kind: 'output',
    jobId: id,
    files,
    rows: outcome.rows,
    rowsQuarantined: outcome.quarantined,
    seconds,
  });
}

async function end(error: JobError, options: ExecuteOptions, writer: ManifestWriter): Promise<ExitCode> {
  const { reporter, stateDir, context } = options;
  const stopped = error.code === 'ABORTED';
  // Computed rows stay computed, whatever became of the export.
  const state = writer.manifest.state === 'computed' ? 'computed' : stopped ? 'paused' : 'failed';
  const noted = stopped ? null : { code: error.code, message: error.message };
  // What went wrong matters more than that it could not be written down.
  await writer.set({ state, error: noted }).catch(() => undefined);
  const { id } = options.plan.manifest;
  if (stopped) reporter.report({ kind: 'stopped', jobId: id, resume: resumeCommand(id, stateDir, context) });
  else reporter.report({ kind: 'error', code: error.code, message: error.message, hint: error.hint ?? null });
  return exitCodeFor(error.code);
}
