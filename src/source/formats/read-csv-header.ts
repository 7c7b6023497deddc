import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { clipText } from '../clip-text.ts';
import type { FormatOptions, RecordPosition, SourceRecord } from '../source-format.ts';
import { CsvCursor, type CsvDialect } from './csv-cursor.ts';

export type CsvColumns = {
  readonly columns: readonly string[];
  /** Where the records begin. */
  readonly first: RecordPosition;
};

/**
 * The names of the columns: from the header line, or `c1`, `c2`, … for as many fields as the first record has.
 * @param from where the text begins
 * @throws JobError `INPUT_EMPTY` without a record, `INPUT_FORMAT` for a first one that is no CSV or names a column twice.
 */
export async function readCsvColumns(
  range: ByteRange,
  from: RecordPosition,
  header: boolean,
  dialect: CsvDialect,
  options: FormatOptions,
  signal: AbortSignal,
): Promise<CsvColumns> {
  const wanted = { ...options, columns: null };
  const record = await firstRecord(new CsvCursor(range, from, null, dialect, wanted, signal));
  if (record === null)
    throw new JobError(
      'INPUT_EMPTY',
      `${range.name} has no ${header ? 'header line' : 'records'}: it has blank lines only.`,
    );
  if (record.kind === 'reject') {
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} does not look like CSV: its ${header ? 'header' : 'first record'} is not readable: ${record.message}.`,
      {
        hint: 'Save it as CSV with column names in the first line. Say --format for another format.',
      },
    );
  }
  const fields = record.values.map(String);
  if (record.byteEnd === range.byteLength && fields.some((field) => field.includes('\r'))) {
    throw new JobError('INPUT_FORMAT', `${range.name} ends its lines with carriage returns alone.`, {
      hint: 'Save it with LF or CRLF line ends.',
    });
  }
  if (!header) return { columns: fields.map((_, index) => `c${index + 1}`), first: from };
  const columns = fields;
  const twice = columns.find((column, index) => column !== '' && columns.indexOf(column) !== index);
  if (twice !== undefined) {
    const places = columns.flatMap((column, index) => (column === twice ? [index + 1] : []));
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} has more than one column named "${clipText(twice)}": fields ${places.join(' and ')} of its header.`,
      { hint: 'Give each column a name of its own.' },
    );
  }
  return { columns, first: { byte: record.byteEnd, line: record.nextLine } };
}

async function firstRecord(cursor: CsvCursor): Promise<SourceRecord | null> {
  for (;;) {
    const record = cursor.next();
    if (record !== null) return record;
    if (!(await cursor.fill())) return null;
  }
}
