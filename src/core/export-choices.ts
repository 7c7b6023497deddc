import { JobError } from './job-error.ts';
import type { Compression, OutputFormat } from './output-format.ts';

/** Which rows an export writes. `done`: those with a result; `quarantined`: those set aside, as JSON Lines. */
export const EXPORT_WHERE = ['done', 'quarantined'] as const;
export type ExportWhere = (typeof EXPORT_WHERE)[number];

/** First and last row, both included; ordinals in the dataset. */
export type RowRange = { readonly first: number; readonly last: number };

/** How an export is written, beside its format. Everything left out: all results in one file, quarantine beside them. */
export type ExportChoices = {
  /** CSV: an apostrophe before text that a spreadsheet would run as a formula. */
  readonly csvGuard?: boolean | undefined;
  /** Parquet. */
  readonly compression?: Compression | undefined;
  /** Results in files of so many rows, in a folder. */
  readonly rowsPerFile?: number | undefined;
  readonly rows?: RowRange | undefined;
  readonly where?: ExportWhere | undefined;
};

/** @throws JobError `SPEC_INVALID` for choices that contradict one another. */
export function checkExportChoices(format: OutputFormat, choices: ExportChoices): void {
  const { compression, csvGuard, rowsPerFile, where } = choices;
  const refuse = (message: string, hint: string) => new JobError('SPEC_INVALID', message, { hint });
  if (csvGuard === true && format !== 'csv')
    throw refuse(`--csv-guard is about CSV; the output is ${format}.`, 'Leave it out, or write csv.');
  if (compression !== undefined && format !== 'parquet')
    throw refuse(
      `--compression is about Parquet; the output is ${format}.`,
      'Leave it out, or write parquet.',
    );
  if (where !== 'quarantined') return;
  if (format !== 'jsonl')
    throw refuse(
      `Rows in quarantine have no result that ${format} could hold: they have a code, a message and attempts.`,
      'Write them as jsonl.',
    );
  if (rowsPerFile !== undefined)
    throw refuse(
      'Rows in quarantine go into one file: --rows-per-file is about results.',
      'Leave one of the two options out.',
    );
}
