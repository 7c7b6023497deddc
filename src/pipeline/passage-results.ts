import { WINDOW_COLUMNS } from '../core/long-texts.ts';
import { passageAt, type Passage } from '../core/passage.ts';
import type { RowRange } from '../core/export-choices.ts';
import type { ResultBatch } from '../core/result-schema.ts';
import { resultRowBytes } from '../core/result-output.ts';
import type { StoredResults, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { eachWindow, readWindowResults } from '../store/result-store.ts';
import type { KeptColumns } from '../util/arrow/kept-columns.ts';
import { poolPassages } from './pool-passages.ts';
import { corrupt } from './store-corrupt.ts';
import type { StoredSchema } from './stored-results.ts';

/** A passage's result, and where it is. */
type Found = {
  readonly row: number;
  readonly passage: Passage;
  readonly segment: StoredResults;
  readonly index: number;
};

/**
 * The results of a window of chunks whose texts were split: rows in input order, each with all of its passages in their order, or,
 * where they are pooled, with one vector of them. A row of which any passage was refused has none.
 * @param segments checked already
 * @param quarantined rows of the chunks that are set aside
 * @throws JobError `STORE_CORRUPT` when a row lacks a passage, or has one twice.
 */
export function passageResults(
  window: StoredWindow,
  segments: readonly StoredResults[],
  kept: readonly KeptColumns[],
  quarantined: ReadonlySet<number>,
  schema: StoredSchema,
): ResultBatch {
  const found = findPassages(window, segments).filter(({ row }) => !quarantined.has(row));
  const starts = rowStarts(found);
  const rows = starts.slice(0, -1).map((start) => found[start]!.row);
  checkRows(kept, rows, quarantined);
  const values = valuesOf(found, resultRowBytes(schema.stored));
  if (schema.long === 'pool' && schema.stored.kind === 'vector' && schema.output.kind === 'vector') {
    const { stored: from, output, normalize } = schema;
    return {
      rows: Uint32Array.from(rows),
      kept: keptOf(kept, rows, schema),
      values: poolPassages(
        values,
        found.map(({ passage }) => passage.tokens),
        starts,
        { from, element: output.element, normalize },
      ),
    };
  }
  const each = found.map(({ row }) => row);
  const places = found.map(({ passage }) => [passage.number, passage.start, passage.end] as const);
  const ofWindows = WINDOW_COLUMNS.map((name, column) => [
    name,
    places.map((place) => String(place[column])),
  ]);
  return {
    rows: Uint32Array.from(each),
    kept: { ...keptOf(kept, each, schema), ...(Object.fromEntries(ofWindows) as ResultBatch['kept']) },
    values,
  };
}

/** Results that `passageResults` gives of these rows, in all; null: of all rows. */
export async function countPassages(db: JobDatabase, range: RowRange | null): Promise<number> {
  let count = 0;
  for await (const { ordinal } of eachWindow(db)) {
    const segments = await readWindowResults(db, ordinal);
    const rows = segments.flatMap((segment) => [...segment.rows]);
    if (rows.length === 0) continue;
    const least = rows.reduce((a, b) => Math.min(a, b));
    const most = rows.reduce((a, b) => Math.max(a, b));
    const quarantined = new Set(await db.getAllKeys('quarantine', IDBKeyRange.bound(least, most)));
    for (const row of rows) {
      const inRange = range === null || (row >= range.first && row <= range.last);
      if (inRange && !quarantined.has(row)) count++;
    }
  }
  return count;
}

function findPassages(window: StoredWindow, segments: readonly StoredResults[]): Found[] {
  const found = segments.flatMap((segment) => {
    const { rows, passages, seq } = segment;
    if (passages === undefined) throw corrupt(`segment ${seq} of window ${window.ordinal}`);
    return Array.from(rows, (row, index) => ({ row, passage: passageAt(passages, index), segment, index }));
  });
  return found.sort((a, b) => a.row - b.row || a.passage.number - b.passage.number);
}

/** Where the passages of each row begin, and the end. @throws JobError when a row has not each of its passages once. */
function rowStarts(found: readonly Found[]): number[] {
  const starts: number[] = [];
  for (let at = 0; at < found.length;) {
    const { row, passage } = found[at]!;
    starts.push(at);
    for (let number = 0; number < passage.count; number++, at++) {
      const next = found[at];
      if (next?.row !== row || next.passage.number !== number)
        throw corrupt(`row ${row}, which lacks window ${number} of its ${passage.count}, or has one twice`);
    }
    if (found[at]?.row === row) throw corrupt(`row ${row}, which has more than its ${passage.count} windows`);
  }
  return [...starts, found.length];
}

/** @throws JobError unless every row of the chunks has results or is in quarantine, and no other row has. */
function checkRows(
  kept: readonly KeptColumns[],
  rows: readonly number[],
  quarantined: ReadonlySet<number>,
): void {
  let at = 0;
  for (const chunk of kept) {
    for (const row of chunk.rows) {
      if (rows[at] === row) at++;
      else if (!quarantined.has(row))
        throw corrupt(`row ${row}, which has neither a result nor a place in quarantine`);
    }
  }
  if (at < rows.length) throw corrupt(`row ${rows[at]}, which has results and is not of its window`);
}

function valuesOf(found: readonly Found[], rowBytes: number): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(found.length * rowBytes);
  for (const [place, { segment, index }] of found.entries())
    values.set(new Uint8Array(segment.values, index * rowBytes, rowBytes), place * rowBytes);
  return values;
}

/** The kept columns of these rows, which ascend and may repeat. */
function keptOf(
  chunks: readonly KeptColumns[],
  rows: readonly number[],
  { columns }: StoredSchema,
): Readonly<Record<string, readonly (string | null)[]>> {
  const places = new Map<number, readonly [KeptColumns, number]>();
  for (const chunk of chunks)
    for (const [index, row] of chunk.rows.entries()) places.set(row, [chunk, index]);
  const textsOf = (name: string) =>
    rows.map((row) => {
      const [chunk, index] = places.get(row)!;
      return chunk.columns[name]?.[index] ?? null;
    });
  return Object.fromEntries(columns.map(({ name }) => [name, textsOf(name)] as const));
}
