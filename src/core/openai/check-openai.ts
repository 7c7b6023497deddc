import type { ExportChoices } from '../export-choices.ts';
import { JobError } from '../job-error.ts';
import type { OutputFormat } from '../output-format.ts';
import type { JobSpec } from '../job-spec.ts';

type Given = {
  readonly input: Pick<JobSpec['input'], 'format' | 'idColumn' | 'keep'>;
  readonly task: JobSpec['task'];
};

/** What a job on OpenAI Batch requests cannot do. @throws JobError `SPEC_INVALID`. */
export function checkOpenaiInput({ input, task }: Given): void {
  if (input.format !== 'openai') return;
  const hint = 'Or read the file as plain rows: --format jsonl.';
  if (task.kind !== 'embed')
    throw new JobError(
      'SPEC_INVALID',
      `OpenAI Batch requests ask for embeddings; the task is ${task.kind}.`,
      { hint },
    );
  if (task.long !== undefined && task.long !== 'truncate')
    throw new JobError(
      'SPEC_INVALID',
      `An OpenAI Batch request whose input is longer than the model is refused, as the API does: --long ${task.long} does not go with it.`,
      { hint },
    );
  if (input.idColumn !== null || input.keep.length > 0)
    throw new JobError(
      'SPEC_INVALID',
      'OpenAI Batch requests have columns of their own (custom_id and index): no id column or kept columns can be chosen.',
      { hint },
    );
}

/** What cannot be written as an OpenAI Batch output. @throws JobError `SPEC_INVALID`. */
export function checkOpenaiOutput(
  format: OutputFormat,
  { input, task }: Given,
  choices: ExportChoices,
): void {
  if (format !== 'openai' || choices.where === 'quarantined') return;
  const refuse = (message: string, hint: string) => new JobError('SPEC_INVALID', message, { hint });
  if (input.format !== 'openai')
    throw refuse(
      `The output format openai answers OpenAI Batch requests, and the input of this job is ${input.format ?? 'something else'}.`,
      'Write parquet, arrow, npy, csv or jsonl.',
    );
  if (choices.rowsPerFile !== undefined || choices.rows !== undefined)
    throw refuse(
      'An OpenAI Batch file is answered as a whole: --rows and --rows-per-file do not go with the output format openai.',
      'Leave them out, or write parquet, arrow, csv or jsonl.',
    );
  const precision = task.kind === 'embed' ? task.precision : undefined;
  if (precision === 'int8' || precision === 'binary')
    throw refuse(
      `An OpenAI Batch answer holds floats, and this job's vectors are ${precision}.`,
      'Leave out --precision, or write parquet, arrow, npy, csv or jsonl.',
    );
}
