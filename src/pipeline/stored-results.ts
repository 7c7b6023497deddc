import { VALUE_KIND } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import { keptColumns } from '../core/job-spec.ts';
import type { ResultBatch, ResultSchema } from '../core/result-schema.ts';
import { columnTypeOf } from '../export/column-types.ts';
import { eachKept, keptHolds, readKept } from '../store/chunk-store.ts';
import type { JobHeader, JobTotals, StoredKept, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { readWindowResults, resultsHold } from '../store/result-store.ts';
import { sealHolds } from '../store/seal.ts';
import { decodeKept } from '../util/arrow/kept-columns.ts';

/** The columns of a finished job's output; types come from the values that the whole dataset was seen to hold. */
export async function resultSchema(
  db: JobDatabase,
  header: JobHeader,
  totals: JobTotals,
): Promise<ResultSchema> {
  const names = keptColumns(header.spec.input);
  const kinds = new Map<string, number>(names.map((name) => [name, 0]));
  if (names.length > 0) {
    for await (const kept of eachKept(db)) {
      for (const name of names) kinds.set(name, kinds.get(name)! | (kept.kinds[name] ?? VALUE_KIND.null));
    }
  }
  return {
    columns: names.map((name) => ({ name, type: columnTypeOf(kinds.get(name)!) })),
    vector: { name: 'embedding', dims: header.dims ?? 0 },
    rowCount: totals.rowsEmbedded,
  };
}

/**
 * A job's results in input order, a window at a time, whatever the order in which they were committed.
 * @throws JobError `STORE_CORRUPT` when something does not match its checksum, or a row has no result and no refusal.
 */
export async function* storedResults(db: JobDatabase, schema: ResultSchema): AsyncGenerator<ResultBatch> {
  for (let ordinal = 0; ; ordinal++) {
    const window = await db.get('windows', ordinal);
    if (window === undefined) return;
    if (!sealHolds(window)) throw corrupt(`the plan of window ${ordinal}`);
    yield await windowResults(db, window, schema);
  }
}

async function windowResults(
  db: JobDatabase,
  window: StoredWindow,
  schema: ResultSchema,
): Promise<ResultBatch> {
  const { dims } = schema.vector;
  const kept = await readKept(db, window.firstChunk, window.chunkCount);
  const quarantined = new Set(await quarantinedRows(db, kept));
  const vectors = await windowVectors(db, window.ordinal, dims);
  const rows: number[] = [];
  const columns = Object.fromEntries(schema.columns.map(({ name }) => [name, [] as (string | null)[]]));
  for (const chunk of kept) {
    if (!(await keptHolds(chunk))) throw corrupt(`the kept columns of chunk ${chunk.ordinal}`);
    const decoded = decodeKept(chunk.kept);
    for (const [index, row] of decoded.rows.entries()) {
      if (vectors.has(row)) {
        rows.push(row);
        for (const { name } of schema.columns) columns[name]!.push(decoded.columns[name]?.[index] ?? null);
      } else if (!quarantined.has(row)) {
        throw corrupt(`row ${row}, which has neither a result nor a place in quarantine`);
      }
    }
  }
  if (rows.length !== vectors.size)
    throw corrupt(`window ${window.ordinal}, which has results of rows that it does not hold`);
  const values = new Float32Array(rows.length * dims);
  for (const [index, row] of rows.entries()) values.set(vectors.get(row)!, index * dims);
  return { rows: Uint32Array.from(rows), kept: columns, values };
}

async function windowVectors(
  db: JobDatabase,
  window: number,
  dims: number,
): Promise<Map<number, Float32Array>> {
  const vectors = new Map<number, Float32Array>();
  for (const segment of await readWindowResults(db, window)) {
    if (!(await resultsHold(segment))) throw corrupt(`segment ${segment.seq} of window ${window}`);
    const values = new Float32Array(segment.values);
    for (const [index, row] of segment.rows.entries()) {
      if (vectors.has(row)) throw corrupt(`row ${row}, which has two results`);
      vectors.set(row, values.subarray(index * dims, (index + 1) * dims));
    }
  }
  return vectors;
}

async function quarantinedRows(db: JobDatabase, kept: readonly StoredKept[]): Promise<number[]> {
  const first = kept.at(0);
  const last = kept.at(-1);
  if (first === undefined || last === undefined || first.start.row >= last.end.row) return [];
  return db.getAllKeys('quarantine', IDBKeyRange.bound(first.start.row, last.end.row, false, true));
}

function corrupt(what: string): JobError {
  return new JobError('STORE_CORRUPT', `What is stored is damaged: ${what}.`, {
    hint: 'Resume the job: what does not match its checksum is computed again.',
  });
}
