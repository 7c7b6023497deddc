import type { ExportTarget } from '../core/export-target.ts';
import { JobError } from '../core/job-error.ts';
import type { OutputFormat } from '../core/output-format.ts';
import type { ResultSchema } from '../core/result-schema.ts';
import { CheckedSink } from './checked-sink.ts';
import { outputColumns } from './output/output-columns.ts';
import type { Sink, SinkFormat, SinkOptions } from './sink.ts';

/** A format made of an encoder that need not check what it is given: rows are checked before they come to it. */
export function sinkFormat(
  format: OutputFormat,
  open: (schema: ResultSchema, target: ExportTarget, options: SinkOptions) => Promise<Sink>,
): SinkFormat {
  return {
    format,
    open: async (schema, target, options = { csvGuard: false }) => {
      checkNames(schema);
      return new CheckedSink(schema, await open(schema, target, options));
    },
  };
}

function checkNames({ columns, output }: ResultSchema): void {
  const names = ['row', ...columns.map(({ name }) => name), ...outputColumns(output)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new JobError('EXPORT_FAILED', `The output would have two columns "${twice}".`, {
    hint: 'Rename the column of the input, or do not keep it.',
  });
}
