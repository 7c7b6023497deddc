import type { ByteRange } from '../core/byte-range.ts';
import { VALUE_KIND } from '../core/chunk.ts';
import type { InputInspection, InspectedProblem, InspectRequest } from '../core/input-inspection.ts';
import { textColumnAmong } from '../core/guess-columns.ts';
import { JobError } from '../core/job-error.ts';
import { BATCH_COLUMNS } from '../core/openai/batch-columns.ts';
import { IdIndex } from './id-index.ts';
import { clipText } from './clip-text.ts';
import { inspectImages } from './inspect-images.ts';
import { keptValue } from './kept-value.ts';
import { openDataset } from './open-dataset.ts';
import { DEFAULT_READ_LIMITS } from './read-options.ts';
import { readSample, type Sample } from './read-sample.ts';
import { idFault, idOf, placeOf, textFault, type RowFault } from './row-rules.ts';
import type { SourceFile, SourceRow } from './source-format.ts';

/** The sample ends with so many records or characters of text, whichever comes first. */
const SAMPLE = {
  rows: 5000,
  chars: 32 * 1024 * 1024,
  blockBytes: DEFAULT_READ_LIMITS.blockBytes / 4,
  spread: true,
} as const;
const ROWS_SHOWN = 5;
const SHOWN_CHARS = 200;
const TYPES = [
  ['string', VALUE_KIND.string],
  ['int', VALUE_KIND.int | VALUE_KIND.exact],
  ['float', VALUE_KIND.float],
  ['bool', VALUE_KIND.bool],
  ['object', VALUE_KIND.object],
  ['null', VALUE_KIND.null],
] as const;

/** An inspection without what follows from the texts of the sample, and these texts. */
export type SourceInspection = {
  readonly inspection: Omit<InputInspection, 'tokens' | 'notes'>;
  readonly texts: readonly string[];
};

/** Looks at some records of a dataset. @throws JobError `INPUT_EMPTY`, `INPUT_FORMAT`, `COLUMN_MISSING`. */
export async function inspectSource(
  files: readonly ByteRange[],
  request: Omit<InspectRequest, 'input' | 'model' | 'maxLength'>,
  signal: AbortSignal,
): Promise<SourceInspection> {
  const opened = await openDataset(files, request.format, null, signal);
  const sample = await readSample(opened, { ...request, ...SAMPLE }, signal);
  if (sample.records.length === 0) throw new JobError('INPUT_EMPTY', 'The input has no rows.');
  const rows = sample.records.filter((record) => record.kind === 'row');
  const columns = columnsOf(rows, sample.declared);
  const isBatch = request.format === 'openai';
  const ofImages = request.format === 'images';
  const asked = ofImages ? null : (request.textColumn ?? guessText(columns, rows));
  const textColumn = isBatch ? BATCH_COLUMNS.text : asked;
  const idColumn = isBatch ? BATCH_COLUMNS.customId : request.idColumn;
  for (const wanted of [textColumn, idColumn]) {
    if (wanted === null || columns.some(({ name }) => name === wanted)) continue;
    const found = columns.map(({ name }) => clipText(name)).join(', ');
    throw new JobError('COLUMN_MISSING', `The sample has no column "${wanted}"; columns found: ${found}.`);
  }
  const { problems, texts } = judge(sample, { textColumn, idColumn, isBatch });
  const names = columns.map(({ name }) => name);
  const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);
  return {
    texts,
    inspection: {
      format: request.format,
      facts: sample.facts,
      compression: opened.find(({ compression }) => compression !== undefined)?.compression ?? null,
      files: files.length,
      byteLength,
      columns,
      textColumn,
      idColumn,
      rows: rows
        .slice(0, ROWS_SHOWN)
        .map((row) => names.map((name) => shown(row, row.columns.indexOf(name)))),
      sampleRows: sample.records.length,
      sampled: sample.complete ? 'all' : sample.headCount < sample.records.length ? 'spread' : 'start',
      ...totalOf(opened, sample, request.format),
      problems,
      ...(ofImages ? inspectImages(rows) : {}),
    },
  };
}

function totalOf(files: readonly SourceFile[], sample: Sample, format: InputFormat) {
  const count = sample.records.length;
  if (sample.complete) return { totalRows: count, totalExact: true };
  if (format === 'parquet' || format === 'arrow')
    return { totalRows: files.reduce((sum, { range }) => sum + range.byteLength, 0), totalExact: true };
  const stored = files.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  return { totalRows: Math.round((count * stored) / Math.max(sample.storedBytes, 1)), totalExact: false };
}

type InputFormat = InspectRequest['format'];

function columnsOf(rows: readonly SourceRow[], declared: readonly string[]) {
  const seen = new Map(declared.map((name) => [name, { kinds: 0, values: 0 }]));
  for (const row of rows) {
    for (const [index, name] of row.columns.entries()) {
      const column = seen.get(name) ?? { kinds: 0, values: 0 };
      const value = row.values[index];
      column.kinds |= keptValue(row, index).kind;
      if (value !== undefined && value !== null && value !== '') column.values++;
      seen.set(name, column);
    }
  }
  return [...seen].map(([name, { kinds, values }]) => ({
    name,
    types: TYPES.flatMap(([type, bits]) => ((kinds & bits) === 0 ? [] : [type])),
    empty: rows.length - values,
  }));
}

function guessText(columns: readonly { readonly name: string }[], rows: readonly SourceRow[]): string | null {
  const names = columns.map(({ name }) => name);
  return textColumnAmong(names, (name) =>
    rows.reduce((sum, row) => {
      const value = row.values[row.columns.indexOf(name)];
      return sum + (typeof value === 'string' ? value.length : 0);
    }, 0),
  );
}

type Roles = {
  readonly textColumn: string | null;
  readonly idColumn: string | null;
  /** The inputs of requests were checked as they were read, and may be token ids. */
  readonly isBatch: boolean;
};

/** What the quarantine would say of the sample, by code, most rows first; and the texts of the good rows. */
function judge({ records, headCount }: Sample, roles: Roles) {
  const { textColumn } = roles;
  const problems = new Map<RowFault['code'], { rows: number; readonly example: string }>();
  const ids = new IdIndex();
  const texts: string[] = [];
  for (const [row, record] of records.entries()) {
    const fault = record.kind === 'reject' ? record : faultOf(record, row, headCount, roles, ids);
    if (fault === null) {
      const value =
        record.kind === 'row' && textColumn !== null
          ? record.values[record.columns.indexOf(textColumn)]
          : null;
      if (typeof value === 'string') texts.push(value);
      continue;
    }
    const known = problems.get(fault.code);
    if (known === undefined) problems.set(fault.code, { rows: 1, example: fault.message });
    else known.rows++;
  }
  const sorted: InspectedProblem[] = [...problems]
    .map(([code, problem]) => ({ code, ...problem }))
    .sort((a, b) => b.rows - a.rows);
  return { problems: sorted, texts };
}

function faultOf(
  record: SourceRow,
  row: number,
  headCount: number,
  { textColumn, idColumn, isBatch }: Roles,
  ids: IdIndex,
): RowFault | null {
  const wanted = [textColumn, idColumn].map((name) => name ?? '');
  const values = wanted.map((name) => record.values[record.columns.indexOf(name)]);
  const asked: SourceRow = { ...record, columns: wanted, values };
  const fault = textColumn === null || isBatch ? null : textFault(asked, 0);
  if (fault !== null || idColumn === null || record.follows === true) return fault;
  const id = idOf(asked, 1);
  if (id === null) return idFault(asked, 1);
  const first = ids.firstRow(id, row);
  if (first === null) return null;
  const message = `id "${clipText(id)}" (${placeOf(record)}) was already used by ${first < headCount ? `row ${first}` : 'another row'}`;
  return { code: 'ROW_DUPLICATE_ID', message };
}

function shown(row: SourceRow, index: number): string {
  if (index === -1) return '';
  const value = row.values[index];
  const text = typeof value === 'string' ? value : (keptValue(row, index).text ?? '');
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS).toWellFormed()}…`;
}
