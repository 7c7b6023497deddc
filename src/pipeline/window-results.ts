import type { JobError } from '../core/job-error.ts';
import { resultRowBytes } from '../core/result-output.ts';
import type { ResultBatch } from '../core/result-schema.ts';
import { keptHolds } from '../store/chunk-store.ts';
import type { StoredKept, StoredResults, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { readWindowResults, resultsHold } from '../store/result-store.ts';
import type { Sealed } from '../store/seal.ts';
import { decodeKept, type KeptColumns } from '../util/arrow/kept-columns.ts';
import { passageResults } from './passage-results.ts';
import { RowMarks } from './row-marks.ts';
import { corrupt } from './store-corrupt.ts';
import type { StoredSchema } from './stored-results.ts';

/**
 * The results of one window in input order.
 * @param kept of the window's chunks, in order.
 * @throws JobError `STORE_CORRUPT` when something does not match its checksum, or a row has no result and no refusal.
 */
export async function windowResults(
  db: JobDatabase,
  window: StoredWindow,
  kept: readonly Sealed<StoredKept>[],
  schema: StoredSchema,
): Promise<ResultBatch> {
  const segments = await readWindowResults(db, window.ordinal);
  const [decoded] = await Promise.all([Promise.all(kept.map(decodeChunk)), checkSegments(segments)]);
  if (schema.long !== 'truncate')
    return passageResults(window, segments, decoded, new Set(await quarantinedRows(db, kept)), schema);
  const first = kept.at(0)?.start.row ?? 0;
  const held = sum(decoded.map((chunk) => chunk.rows.length));
  const found = new RowMarks(first, kept.at(-1)?.end.row ?? first, held);
  markFound(window, segments, found);
  const rows = await rowsInOrder(db, decoded, kept, found);
  if (rows.length !== sum(segments.map((segment) => segment.rows.length))) throw foreignRows(window);
  const columns = schema.columns.map(({ name }) => [name, keptTexts(name, decoded, rows)] as const);
  return {
    rows,
    kept: Object.fromEntries(columns),
    values: valuesInOrder(segments, rows, found, resultRowBytes(schema.output)),
    ...tokensInOrder(segments, rows.length, found),
  };
}

async function decodeChunk(chunk: Sealed<StoredKept>): Promise<KeptColumns> {
  if (!(await keptHolds(chunk))) throw corrupt(`the kept columns of chunk ${chunk.ordinal}`);
  return decodeKept(chunk.kept);
}

async function checkSegments(segments: readonly StoredResults[]): Promise<void> {
  for (const segment of segments) {
    if (!(await resultsHold(segment))) throw corrupt(`segment ${segment.seq} of window ${segment.window}`);
  }
}

/** Marks the rows that have a result by 1. */
function markFound(window: StoredWindow, segments: readonly StoredResults[], found: RowMarks): void {
  for (const segment of segments) {
    for (const row of segment.rows) {
      if (row < found.first || row >= found.end) throw foreignRows(window);
      if (found.get(row) === 1) throw corrupt(`row ${row}, which has two results`);
      found.set(row, 1);
    }
  }
}

/** The rows of the chunks that have a result. */
async function rowsInOrder(
  db: JobDatabase,
  decoded: readonly KeptColumns[],
  kept: readonly StoredKept[],
  found: RowMarks,
): Promise<Uint32Array<ArrayBuffer>> {
  const rows = new Uint32Array(sum(decoded.map((chunk) => chunk.rows.length)));
  const missing: number[] = [];
  let count = 0;
  for (const chunk of decoded) {
    for (const row of chunk.rows) {
      if (found.get(row) === 1) rows[count++] = row;
      else missing.push(row);
    }
  }
  if (missing.length > 0) {
    const quarantined = new Set(await quarantinedRows(db, kept));
    for (const row of missing) {
      if (!quarantined.has(row))
        throw corrupt(`row ${row}, which has neither a result nor a place in quarantine`);
    }
  }
  return rows.subarray(0, count);
}

/** A kept column of these rows, which are some of the chunks' rows in the same order. */
function keptTexts(
  name: string,
  decoded: readonly KeptColumns[],
  rows: Uint32Array,
): readonly (string | null)[] {
  const texts: (string | null)[] = [];
  for (const chunk of decoded) {
    const column = chunk.columns[name];
    for (const [index, row] of chunk.rows.entries())
      if (rows[texts.length] === row) texts.push(column?.[index] ?? null);
  }
  return texts;
}

/** @param found is used up: it has the place of each row then. */
function valuesInOrder(
  segments: readonly StoredResults[],
  rows: Uint32Array,
  found: RowMarks,
  rowBytes: number,
): Uint8Array<ArrayBuffer> {
  // Where each row's result goes.
  for (const [place, row] of rows.entries()) found.set(row, place);
  const values = new Uint8Array(rows.length * rowBytes);
  for (const segment of segments) {
    const from = new Uint8Array(segment.values);
    for (const [index, row] of segment.rows.entries())
      values.set(from.subarray(index * rowBytes, (index + 1) * rowBytes), found.get(row) * rowBytes);
  }
  return values;
}

/** @param found the place of each row, as `valuesInOrder` leaves it */
function tokensInOrder(
  segments: readonly StoredResults[],
  count: number,
  found: RowMarks,
): Pick<ResultBatch, 'tokens'> {
  const tokens = new Uint32Array(count);
  for (const { rows, rowTokens } of segments) {
    if (rowTokens === undefined) return {};
    for (const [index, row] of rows.entries()) tokens[found.get(row)] = rowTokens[index]!;
  }
  return { tokens };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function foreignRows(window: StoredWindow): JobError {
  return corrupt(`window ${window.ordinal}, which has results of rows that it does not hold`);
}

async function quarantinedRows(db: JobDatabase, kept: readonly StoredKept[]): Promise<number[]> {
  const first = kept.at(0);
  const last = kept.at(-1);
  if (first === undefined || last === undefined || first.start.row >= last.end.row) return [];
  return db.getAllKeys('quarantine', IDBKeyRange.bound(first.start.row, last.end.row, false, true));
}
