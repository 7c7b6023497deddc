import { type InputFormat } from '../../core/input-format.ts';
import {
  outputExtension,
  outputFormatOf,
  type Compression,
  type OutputFormat,
} from '../../core/output-format.ts';
import { OUTPUT_WORD, type JobSpec, type TaskKind } from '../../core/job-spec.ts';
import { typed } from './task-form.ts';

/** What the user chose for the output. */
export type OutputForm = {
  readonly outputFormat: OutputFormat;
  /** Empty: all in one file. As typed. */
  readonly rowsPerFile: string;
  readonly csvGuard: boolean;
  readonly compression: Compression;
};

export const EMPTY_OUTPUT_FORM: OutputForm = {
  outputFormat: 'parquet',
  rowsPerFile: '',
  csvGuard: false,
  compression: 'auto',
};

export function outputFormOf({ input, output }: JobSpec): OutputForm {
  return {
    outputFormat: outputFormatOf(output, input.format),
    rowsPerFile: output.rowsPerFile?.toString() ?? '',
    csvGuard: output.csvGuard ?? false,
    compression: output.compression ?? 'auto',
  };
}

/**
 * The output that the form asks for, still to be checked, beside the input by default.
 * @param loaded where a loaded spec wants it, if that still holds
 */
export function outputFromForm(
  form: OutputForm & { readonly task: TaskKind; readonly inputFormat: InputFormat | null },
  inputName: string,
  loaded: JobSpec | null,
): Record<string, unknown> {
  const { outputFormat: format, inputFormat } = form;
  const base = `${inputName.replace(/(?<=.)\.[^.]+$/, '')}.${OUTPUT_WORD[form.task]}`;
  const choices = {
    ...typed('rowsPerFile', format === 'openai' ? '' : form.rowsPerFile),
    ...(form.csvGuard && format === 'csv' ? { csvGuard: true } : {}),
    ...(form.compression !== 'auto' && format === 'parquet' ? { compression: form.compression } : {}),
  };
  const parts = 'rowsPerFile' in choices;
  if (loaded !== null && isThis(loaded, format, parts)) {
    const { path, format: said } = loaded.output;
    return { path, ...(said === undefined ? {} : { format: said }), ...choices };
  }
  // A folder's name does not say what is in it, and OpenAI's answers are JSON Lines by theirs.
  const said = parts || inputFormat === 'openai' ? { format } : {};
  return { path: parts ? base : `${base}.${outputExtension(format)}`, ...said, ...choices };
}

function isThis({ input, output }: JobSpec, format: OutputFormat, parts: boolean): boolean {
  return outputFormatOf(output, input.format) === format && (output.rowsPerFile !== undefined) === parts;
}

/** True when nothing is set but the format. */
export function isOutputAsUsual({ rowsPerFile, csvGuard, compression, outputFormat }: OutputForm): boolean {
  const isGuarded = csvGuard && outputFormat === 'csv';
  return rowsPerFile === '' && !isGuarded && (compression === 'auto' || outputFormat !== 'parquet');
}
