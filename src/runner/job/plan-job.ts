import { checkExportChoices } from '../../core/export-choices.ts';
import { JobError } from '../../core/job-error.ts';
import { outputFormatOf } from '../../core/job-spec.ts';
import type { ModelDir } from '../model/model-dir.ts';
import { findModel } from '../model/find-model.ts';
import type { ServedFile } from '../server/served-file.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import { checkOutput, readInputFile } from './job-files.ts';
import type { OutputNames } from './output-names.ts';

/** Everything of a job that can be found wrong before a browser is started. */
export type JobPlan = {
  readonly manifest: JobManifest;
  readonly resumed: boolean;
  readonly names: OutputNames;
  readonly input: ServedFile | null;
  /** Null when every row is computed and only the export is left. */
  readonly model: ModelDir | null;
};

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
): Promise<JobPlan> {
  const { spec } = manifest;
  const { csvGuard, rowsPerFile } = spec.output;
  checkExportChoices(outputFormatOf(spec.output), { csvGuard, rowsPerFile });
  const names = await checkOutput(spec.output.path, outputFormatOf(spec.output), spec.input.path, {
    force,
    inFolder: rowsPerFile !== undefined,
  });
  if (manifest.state === 'computed') return { manifest, resumed, names, input: null, model: null };
  const input = await readInputFile(spec.input.path).catch((error: unknown) => {
    // The page may have every row of it already, and says so if it does not.
    if (resumed) return null;
    throw error;
  });
  if (input?.byteLength === 0) {
    throw new JobError('INPUT_EMPTY', `The input ${input.path} is empty: it has no rows.`, {
      hint: 'Check the path, or how the file was made.',
    });
  }
  return { manifest, resumed, names, input, model: await findModel(spec.model.path, appDir) };
}
