import type { ByteRange } from '../core/byte-range.ts';
import type { InputPreview, PreviewRequest, TextFacts } from '../core/job-api.ts';
import type { InputFormat } from '../core/job-spec.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { formatNamed } from './formats.ts';
import { keptValue } from './kept-value.ts';
import { DEFAULT_READ_LIMITS } from './read-options.ts';

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
  range: ByteRange,
  { format, parse, rows }: Pick<PreviewRequest, 'parse' | 'rows'> & { readonly format: InputFormat },
  signal?: AbortSignal,
): Promise<InputPreview> {
  const closing = new AbortController();
  const reading = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  const columns: string[] = [];
  const places = new Map<string, number>();
  const cells: string[][] = [];
  const rejects: QuarantineRecord[] = [];
  let facts: TextFacts;
  try {
    const { maxRowBytes } = DEFAULT_READ_LIMITS;
    const reader = await formatNamed(format).open(
      range,
      { columns: null, maxRowBytes, blockBytes: BLOCK_BYTES, parse },
      reading,
    );
    facts = reader.facts;
    const placeOf = (column: string) => {
      const known = places.get(column);
      if (known !== undefined) return known;
      places.set(column, columns.length);
      return columns.push(column) - 1;
    };
    reader.columns?.forEach(placeOf);
    const cursor = reader.read(reader.first, reading);
    for (let row = 0; row < rows;) {
      const record = cursor.next();
      if (record === null) {
        if (!(await cursor.fill())) break;
        continue;
      }
      if (record.kind === 'row') {
        const line: string[] = [];
        record.columns.forEach((column, index) => {
          const value = record.values[index];
          line[placeOf(column)] = shown(
            typeof value === 'string' ? value : (keptValue(record, index).text ?? ''),
          );
        });
        cells.push(line);
      } else {
        rejects.push({ row, id: null, code: record.code, message: record.message, attempts: 0 });
      }
      row++;
    }
  } finally {
    closing.abort();
  }
  const full = cells.map((line) => columns.map((_, place) => line[place] ?? ''));
  return { format, facts, columns, rows: full, rejects, byteLength: range.byteLength };
}

function shown(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN).toWellFormed()}…`;
}
