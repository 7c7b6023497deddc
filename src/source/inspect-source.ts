import type { ByteRange } from '../core/byte-range.ts';
import { VALUE_KIND } from '../core/chunk.ts';
import type { InputInspection, InspectedProblem, InspectRequest } from '../core/input-inspection.ts';
import type { TextFacts } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import { IdIndex } from './id-index.ts';
import { clipText } from './clip-text.ts';
import { formatNamed } from './formats.ts';
import { keptValue } from './kept-value.ts';
import { openDataset } from './open-dataset.ts';
import { DEFAULT_READ_LIMITS } from './read-options.ts';
import { idFault, idOf, placeOf, textFault, type RowFault } from './row-rules.ts';
import type { SourceFile, SourceRecord, SourceRow } from './source-format.ts';

/** The sample ends with so many records or bytes of text, whichever comes first. */
const SAMPLE_ROWS = 5000;
const SAMPLE_CHARS = 32 * 1024 * 1024;
const ROWS_SHOWN = 5;
const SHOWN_CHARS = 200;
const TEXT_NAMES = ['text', 'content', 'body', 'sentence', 'description'];
const TYPES = [
  ['string', VALUE_KIND.string],
  ['int', VALUE_KIND.int | VALUE_KIND.exact],
  ['float', VALUE_KIND.float],
  ['bool', VALUE_KIND.bool],
  ['object', VALUE_KIND.object],
  ['null', VALUE_KIND.null],
] as const;

/** An inspection without token lengths, and the texts of the sample to take them of. */
export type SourceInspection = {
  readonly inspection: Omit<InputInspection, 'tokens'>;
  readonly texts: readonly string[];
};

/** Looks at the first records of a dataset. @throws JobError `INPUT_EMPTY`, `INPUT_FORMAT`, `COLUMN_MISSING`. */
export async function inspectSource(
  files: readonly ByteRange[],
  request: Omit<InspectRequest, 'input' | 'model'>,
  signal: AbortSignal,
): Promise<SourceInspection> {
  const opened = await openDataset(files, request.format, null, signal);
  const sample = await readSample(opened, request, signal);
  if (sample.records.length === 0) throw new JobError('INPUT_EMPTY', 'The input has no rows.');
  const rows = sample.records.filter((record) => record.kind === 'row');
  const columns = columnsOf(rows, sample.declared);
  const textColumn = request.textColumn ?? guessText(columns, rows);
  for (const wanted of [textColumn, request.idColumn]) {
    if (wanted === null || columns.some(({ name }) => name === wanted)) continue;
    const found = columns.map(({ name }) => clipText(name)).join(', ');
    throw new JobError('COLUMN_MISSING', `The sample has no column "${wanted}"; columns found: ${found}.`);
  }
  const { problems, texts } = judge(sample.records, textColumn, request.idColumn);
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
      idColumn: request.idColumn,
      rows: rows
        .slice(0, ROWS_SHOWN)
        .map((row) => names.map((name) => shown(row, row.columns.indexOf(name)))),
      sampleRows: sample.records.length,
      complete: sample.complete,
      ...totalOf(opened, sample, request.format),
      problems,
    },
  };
}

type Sample = {
  readonly records: readonly SourceRecord[];
  readonly declared: readonly string[];
  readonly facts: TextFacts;
  readonly complete: boolean;
  /** Bytes of the files, as stored, that are behind the sample; about. */
  readonly storedBytes: number;
};

async function readSample(
  files: readonly SourceFile[],
  { format, parse }: Pick<InspectRequest, 'format' | 'parse'>,
  signal: AbortSignal,
): Promise<Sample> {
  const { maxRowBytes, blockBytes } = DEFAULT_READ_LIMITS;
  const closing = new AbortController();
  const reading = AbortSignal.any([signal, closing.signal]);
  const records: SourceRecord[] = [];
  const declared = new Set<string>();
  let facts: TextFacts | null = null;
  let chars = 0;
  let storedBytes = 0;
  let complete = true;
  try {
    for (const { range, storedBytes: stored, storedBefore } of files) {
      if (records.length >= SAMPLE_ROWS || chars >= SAMPLE_CHARS) {
        complete = false;
        break;
      }
      const options = { columns: null, maxRowBytes, blockBytes: blockBytes / 4, parse };
      const reader = await formatNamed(format)
        .open(range, options, reading)
        .catch((thrown: unknown) => {
          if (files.length > 1 && thrown instanceof JobError && thrown.code === 'INPUT_EMPTY') return null;
          throw thrown;
        });
      if (reader === null) continue;
      facts ??= reader.facts;
      for (const column of reader.columns ?? []) declared.add(column);
      const cursor = reader.read(reader.first, reading);
      let byte = 0;
      let ended = false;
      while (records.length < SAMPLE_ROWS && chars < SAMPLE_CHARS) {
        const record = cursor.next();
        if (record === null) {
          ended = !(await cursor.fill());
          if (ended) break;
          continue;
        }
        records.push(record);
        byte = record.byteEnd;
        if (record.kind === 'row')
          for (const value of record.values) if (typeof value === 'string') chars += value.length;
      }
      complete &&= ended || byte >= range.byteLength;
      storedBytes += ended ? stored : Math.min(storedBefore?.(byte) ?? byte, stored);
    }
  } finally {
    closing.abort();
  }
  if (facts === null)
    throw new JobError('INPUT_EMPTY', `None of the ${files.length} files of the input has a row.`);
  return { records, declared: [...declared], facts, complete, storedBytes };
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
  const named = TEXT_NAMES.flatMap((text) => columns.filter(({ name }) => name.toLowerCase() === text))[0];
  if (named !== undefined) return named.name;
  let best: { readonly name: string; readonly chars: number } | null = null;
  for (const { name } of columns) {
    let chars = 0;
    for (const row of rows) {
      const value = row.values[row.columns.indexOf(name)];
      if (typeof value === 'string') chars += value.length;
    }
    if (chars > (best?.chars ?? 0)) best = { name, chars };
  }
  return best?.name ?? null;
}

/** What the quarantine would say of the sample, by code, most rows first; and the texts of the good rows. */
function judge(records: readonly SourceRecord[], textColumn: string | null, idColumn: string | null) {
  const problems = new Map<RowFault['code'], { rows: number; readonly example: string }>();
  const ids = new IdIndex();
  const texts: string[] = [];
  for (const [row, record] of records.entries()) {
    const fault = record.kind === 'reject' ? record : faultOf(record, row, textColumn, idColumn, ids);
    if (fault === null) {
      if (record.kind === 'row' && textColumn !== null)
        texts.push(record.values[record.columns.indexOf(textColumn)] as string);
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
  textColumn: string | null,
  idColumn: string | null,
  ids: IdIndex,
): RowFault | null {
  const wanted = [textColumn, idColumn].map((name) => name ?? '');
  const values = wanted.map((name) => record.values[record.columns.indexOf(name)]);
  const asked: SourceRow = { ...record, columns: wanted, values };
  const fault = textColumn === null ? null : textFault(asked, 0);
  if (fault !== null || idColumn === null) return fault;
  const id = idOf(asked, 1);
  if (id === null) return idFault(asked, 1);
  const first = ids.firstRow(id, row);
  if (first === null) return null;
  const message = `id "${clipText(id)}" (${placeOf(record)}) was already used by row ${first}`;
  return { code: 'ROW_DUPLICATE_ID', message };
}

function shown(row: SourceRow, index: number): string {
  if (index === -1) return '';
  const value = row.values[index];
  const text = typeof value === 'string' ? value : (keptValue(row, index).text ?? '');
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS).toWellFormed()}…`;
}
