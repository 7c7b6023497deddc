import type { ByteRange } from '../core/byte-range.ts';
import type { InputPreview, PreviewRequest } from '../core/job-api.ts';
import type { InputFormat } from '../core/input-format.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { keptValue } from './kept-value.ts';
import { openDataset } from './open-dataset.ts';
import { readSample } from './read-sample.ts';
import type { SourceRow } from './source-format.ts';

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
  signal: AbortSignal,
): Promise<InputPreview> {
  const opened = await openDataset(files, format, null, signal);
  const limits = { rows, chars: Infinity, blockBytes: BLOCK_BYTES, spread: false };
  const { records, declared, facts } = await readSample(opened, { format, parse, ...limits }, signal);
  const columns = [...declared];
  const places = new Map(declared.map((column, place) => [column, place]));
  const placeOf = (column: string) => {
    const known = places.get(column);
    if (known !== undefined) return known;
    places.set(column, columns.length);
    return columns.push(column) - 1;
  };
  const cells: string[][] = [];
  const rejects: QuarantineRecord[] = [];
  for (const [row, record] of records.entries()) {
    if (record.kind === 'row') {
      const line: string[] = [];
      record.columns.forEach((column, index) => (line[placeOf(column)] = shownValue(record, index)));
      cells.push(line);
    } else {
      rejects.push({ row, id: null, code: record.code, message: record.message, attempts: 0 });
    }
  }
  const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);
  const full = cells.map((line) => columns.map((_, place) => line[place] ?? ''));
  return { format, facts, columns, rows: full, rejects, byteLength, files: files.length };
}

function shownValue(record: SourceRow, index: number): string {
  const value = record.values[index];
  return shown(typeof value === 'string' ? value : (keptValue(record, index).text ?? ''));
}

function shown(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN).toWellFormed()}…`;
}
