import {
  OUTPUT_WORD,
  outputFormatOf,
  type JobSpec,
  type OutputFormat,
  type TaskKind,
} from '../../core/job-spec.ts';
import { typed } from './task-form.ts';

/** What the user chose for the output. */
export type OutputForm = {
  readonly outputFormat: OutputFormat;
  /** Empty: all in one file. As typed. */
  readonly rowsPerFile: string;
  readonly csvGuard: boolean;
};

export const EMPTY_OUTPUT_FORM: OutputForm = { outputFormat: 'parquet', rowsPerFile: '', csvGuard: false };

export function outputFormOf(output: JobSpec['output']): OutputForm {
  return {
    outputFormat: outputFormatOf(output),
    rowsPerFile: output.rowsPerFile?.toString() ?? '',
    csvGuard: output.csvGuard ?? false,
  };
}

/**
 * The output that the form asks for, still to be checked, beside the input by default.
 * @param loaded where a loaded spec wants it, if that still holds
 */
export function outputFromForm(
  form: OutputForm & { readonly task: TaskKind },
  inputName: string,
  loaded: JobSpec['output'] | null,
): Record<string, unknown> {
  const base = `${inputName.replace(/(?<=.)\.[^.]+$/, '')}.${OUTPUT_WORD[form.task]}`;
  const choices = {
    ...typed('rowsPerFile', form.rowsPerFile),
    ...(form.csvGuard && form.outputFormat === 'csv' ? { csvGuard: true } : {}),
  };
  const parts = form.rowsPerFile.trim() !== '';
  if (
    loaded !== null &&
    outputFormatOf(loaded) === form.outputFormat &&
    (loaded.rowsPerFile !== undefined) === parts
  )
    return {
      path: loaded.path,
      ...(loaded.format === undefined ? {} : { format: loaded.format }),
      ...choices,
    };
  // A folder's name does not say what is in it.
  return parts
    ? { path: base, format: form.outputFormat, ...choices }
    : { path: `${base}.${form.outputFormat}`, ...choices };
}

/** True when nothing is set but the format. */
export function isOutputAsUsual({ rowsPerFile, csvGuard, outputFormat }: OutputForm): boolean {
  return rowsPerFile === '' && !(csvGuard && outputFormat === 'csv');
}
