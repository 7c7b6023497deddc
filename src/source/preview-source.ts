import type { ByteRange } from '../core/byte-range.ts';
import type { InputPreview, PreviewRequest, TextFacts } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { InputFormat, ParseOptions } from '../core/job-spec.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { formatNamed } from './formats.ts';
import { keptValue } from './kept-value.ts';
import { openDataset } from './open-dataset.ts';
import { DEFAULT_READ_LIMITS } from './read-options.ts';
import type { RecordReader, SourceRow } from './source-format.ts';

const BLOCK_BYTES = 64 * 1024;
/** Most characters of a cell; a row may have megabytes. */
const MOST_SHOWN = 1000;

/**
 * The first records of a source as text: strings as they are, other values as JSON, absent ones as ''; long cells are
 * cut. Records that are no rows are among `rejects`; together there are at most `rows`. Which columns the task needs is
 * not known here, so a row without text is a row.
 * @throws JobError `INPUT_EMPTY` or `INPUT_FORMAT` for a file that cannot be read at all.
 */
export async function previewSource(
  files: readonly ByteRange[],
  { format, parse, rows }: Pick<PreviewRequest, 'parse' | 'rows'> & { readonly format: InputFormat },
  signal?: AbortSignal,
): Promise<InputPreview> {
  const closing = new AbortController();
  const reading = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  const columns: string[] = [];
  const places = new Map<string, number>();
  const cells: string[][] = [];
  const rejects: QuarantineRecord[] = [];
  let facts: TextFacts | null = null;
  let bytes = 0;
  for (const { byteLength } of files) bytes += byteLength;
  try {
    const placeOf = (column: string) => {
      const known = places.get(column);
      if (known !== undefined) return known;
      places.set(column, columns.length);
      return columns.push(column) - 1;
    };
    const opened = await openDataset(files, format, null, reading);
    let row = 0;
    for (const { range } of opened) {
      if (row >= rows) break;
      const reader = await openFile(range, format, parse, opened.length > 1, reading);
      if (reader === null) continue;
      facts ??= reader.facts;
      reader.columns?.forEach(placeOf);
      const cursor = reader.read(reader.first, reading);
      while (row < rows) {
        const record = cursor.next();
        if (record === null) {
          if (!(await cursor.fill())) break;
          continue;
        }
        if (record.kind === 'row') {
          const line: string[] = [];
          record.columns.forEach((column, index) => (line[placeOf(column)] = shownValue(record, index)));
          cells.push(line);
        } else {
          rejects.push({ row, id: null, code: record.code, message: record.message, attempts: 0 });
        }
        row++;
      }
    }
    if (facts === null)
      throw new JobError('INPUT_EMPTY', `None of the ${files.length} files of the input has a row.`);
  } finally {
    closing.abort();
  }
  const full = cells.map((line) => columns.map((_, place) => line[place] ?? ''));
  return { format, facts, columns, rows: full, rejects, byteLength: bytes, files: files.length };
}

/** Null for an empty file among others. */
async function openFile(
  range: ByteRange,
  format: InputFormat,
  parse: ParseOptions,
  several: boolean,
  signal: AbortSignal,
): Promise<RecordReader | null> {
  const { maxRowBytes } = DEFAULT_READ_LIMITS;
  try {
    const options = { columns: null, maxRowBytes, blockBytes: BLOCK_BYTES, parse };
    return await formatNamed(format).open(range, options, signal);
  } catch (thrown) {
    if (several && thrown instanceof JobError && thrown.code === 'INPUT_EMPTY') return null;
    throw thrown;
  }
}

function shownValue(record: SourceRow, index: number): string {
  const value = record.values[index];
  return shown(typeof value === 'string' ? value : (keptValue(record, index).text ?? ''));
}

function shown(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN).toWellFormed()}…`;
}
