import { checkExportChoices } from '../../core/export-choices.ts';
import { JobError } from '../../core/job-error.ts';
import type { JobSpec } from '../../core/job-spec.ts';
import { outputFormatOf } from '../../core/output-format.ts';
import type { ModelDir } from '../model/model-dir.ts';
import { findModel } from '../model/find-model.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import { findInput, type FoundInput } from '../input/find-input.ts';
import { checkOutput } from './job-files.ts';
import type { OutputNames } from './output-names.ts';

/** Everything of a job that can be found wrong before a browser is started. */
export type JobPlan = {
  readonly manifest: JobManifest;
  readonly resumed: boolean;
  readonly names: OutputNames;
  readonly input: FoundInput | null;
  /** Null when every row is computed and only the export is left. */
  readonly model: ModelDir | null;
  /** Null unless the rows in quarantine are run again: as this spec says, in the place of the manifest's. */
  readonly retry: RetryPlan | null;
};

/** `goOn`: with the retry that was stopped, and no other. */
export type RetryPlan = { readonly kind: 'begin' | 'goOn'; readonly spec: JobSpec };

/**
 * Looks at input, model and output as they are now.
 * @param force replace an existing output.
 * @throws JobError `INPUT_NOT_FOUND`, `INPUT_EMPTY`, `MODEL_NOT_FOUND`, `OUTPUT_EXISTS`, `SPEC_INVALID`, …; nothing was written then.
 */
export async function planJob(
  manifest: JobManifest,
  resumed: boolean,
  force: boolean,
  appDir: string,
  retry: RetryPlan | null = null,
): Promise<JobPlan> {
  const spec = retry?.spec ?? manifest.spec;
  const { compression, csvGuard, rowsPerFile } = spec.output;
  checkExportChoices(outputFormatOf(spec.output), { compression, csvGuard, rowsPerFile });
  const isComputed = manifest.state === 'computed' && retry === null;
  const input = await findInput(spec.input).catch((error: unknown) => {
    // The page may have every row of it already, and says so if it does not.
    if (retry !== null) throw inputGone(error);
    if (resumed || isComputed) return null;
    throw error;
  });
  const inputs = input?.files.map(({ path }) => path) ?? [spec.input.path];
  // Killed between the renaming of its output and the note of it: what stands there is its own.
  const own =
    manifest.publishing.includes(spec.output.path) || (retry !== null && manifest.outputFiles.length > 0);
  const names = await checkOutput(spec.output.path, outputFormatOf(spec.output), inputs, {
    force: force || own,
    inFolder: rowsPerFile !== undefined,
  });
  if (isComputed) return { manifest, resumed, names, input: null, model: null, retry };
  if (input?.files.every(({ byteLength }) => byteLength === 0)) {
    throw new JobError('INPUT_EMPTY', `The input ${input.files[0]!.path} is empty: it has no rows.`, {
      hint: 'Check the path, or how the file was made.',
    });
  }
  return { manifest, resumed, names, input, model: await findModel(spec.model.path, appDir), retry };
}

function inputGone(error: unknown): unknown {
  if (!(error instanceof JobError) || error.code !== 'INPUT_NOT_FOUND') return error;
  const hint = 'Put the mended file there, or name another one with `millrace retry JOB --input FILE`.';
  return new JobError(error.code, error.message, { hint, details: error.details, cause: error });
}
