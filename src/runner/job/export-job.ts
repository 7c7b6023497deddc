import type { ExportChoices } from '../../core/export-choices.ts';
import { JobError } from '../../core/job-error.ts';
import type { ExportOutcome } from '../../core/job-api.ts';
import { outputManifest } from '../../core/output-manifest.ts';
import { outputExtension, type OutputFormat } from '../../core/output-format.ts';
import { OutputConflict, OutputFiles } from '../server/output-files.ts';
import type { RunnerSession } from './open-session.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import type { OutputNames } from './output-names.ts';
import { outputTarget } from './job-files.ts';
import type { StopSignals } from './stop-signals.ts';

export type ExportOptions = {
  readonly session: RunnerSession;
  readonly manifest: JobManifest;
  readonly format: OutputFormat;
  readonly choices: ExportChoices;
  readonly names: OutputNames;
  readonly signals: StopSignals;
  /** Called when every file is complete, and none has its final name yet. */
  readonly beforePublish?: (main: string) => Promise<void>;
};

export type ExportedFiles = { readonly outcome: ExportOutcome; readonly files: readonly string[] };

/**
 * Lets the page write a job's results and gives the files their final names once all are complete.
 * A failure or a stop leaves no file behind, and the results where they were.
 * @throws JobError: the page's, `EXPORT_FAILED`, or `ABORTED` after a signal.
 */
export async function exportJob({
  session,
  manifest,
  format,
  choices,
  names,
  signals,
  beforePublish,
}: ExportOptions): Promise<ExportedFiles> {
  const jobId = manifest.id;
  const mainSuffix = `.${outputExtension(format)}`;
  const startedAt = performance.now();
  const output = new OutputFiles(names);
  session.server.setIo({ input: [], model: [], output });
  let stop: (error: JobError) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  stopped.catch(() => undefined);
  signals.onStop(() => stop(new JobError('ABORTED', 'The export was stopped.')));
  try {
    const exporting = session.page.call('export', {
      jobId,
      format,
      choices,
      target: outputTarget(session.server),
    });
    exporting.catch(() => undefined);
    const outcome = await Promise.race([exporting, stopped]);
    await beforePublish?.(names.main);
    const files = await output.publish(
      [...outcome.files].toSorted((a, b) => Number(b === mainSuffix) - Number(a === mainSuffix)),
      (written) =>
        outputManifest({
          jobId,
          spec: manifest.spec,
          browserVersion: manifest.browserVersion,
          format,
          choices,
          outcome,
          files: written,
          exportSeconds: (performance.now() - startedAt) / 1000,
        }),
    );
    return { outcome, files };
  } catch (error) {
    // No more bytes may come for files that are being removed.
    session.server.setIo({ input: [], model: [], output: null });
    await output.discardAll().catch(() => undefined);
    if (error instanceof JobError) throw error;
    const reason =
      error instanceof OutputConflict
        ? error.message
        : `Writing ${names.main} failed: ${(error as Error).message}`;
    throw new JobError('EXPORT_FAILED', reason, {
      hint: `The results are kept: make room or mend the path, then run \`millrace resume ${jobId}\`.`,
      cause: error,
    });
  }
}
