import type { RowRange } from '../core/export-choices.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { sha256Hex } from '../util/sha256.ts';
import type { JobTotals, StoredResults, StoredWindow } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';
import { ownedTransaction } from './owned-transaction.ts';

/** What one commit changes, all of it or nothing. */
export type ResultCommit = {
  readonly windows: readonly StoredWindow[];
  readonly results: readonly StoredResults[];
  readonly refused: readonly QuarantineRecord[];
  /** Totals after this commit. */
  readonly totals: JobTotals;
  /** Chunks whose text is not needed any more, as ranges of ordinals `[first, last]`. */
  readonly dropChunks: readonly (readonly [number, number])[];
};

/**
 * Results and checkpoint in one transaction.
 * @throws JobError `STATE_BUSY` when the job has a newer owner than `epoch`.
 */
export async function commitResults(db: JobDatabase, epoch: number, commit: ResultCommit): Promise<void> {
  await ownedTransaction(db, epoch, ['meta', 'windows', 'results', 'quarantine', 'chunks'], async (tx) => {
    // Async functions: `put` throws at once what it cannot clone, and the writes before it would be nobody's.
    await Promise.all([
      tx.objectStore('meta').put(commit.totals, 'totals'),
      ...commit.windows.map(async (window) => tx.objectStore('windows').put(window)),
      ...commit.results.map(async (results) => tx.objectStore('results').put(results)),
      ...commit.refused.map(async (record) => tx.objectStore('quarantine').put(record)),
      ...commit.dropChunks.map(async ([first, last]) =>
        tx.objectStore('chunks').delete(IDBKeyRange.bound(first, last)),
      ),
    ]);
  });
}

/** SHA-256 (hex) that a result segment carries. */
export async function resultsSha256(rows: Uint32Array<ArrayBuffer>, values: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(rows.byteLength + values.byteLength);
  bytes.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), 0);
  bytes.set(new Uint8Array(values), rows.byteLength);
  return sha256Hex(bytes);
}

/** The result segments of a window, in the order of their commits. */
export async function readWindowResults(db: JobDatabase, window: number): Promise<StoredResults[]> {
  return db.getAll('results', IDBKeyRange.bound([window, 0], [window, Number.MAX_SAFE_INTEGER]));
}

/** True when the segment is what was committed. */
export async function resultsHold(results: StoredResults): Promise<boolean> {
  return (await resultsSha256(results.rows, results.values)) === results.sha256;
}

/** Removes a segment that does not hold, with its quarantined rows, and marks its batches as not done, in one transaction. */
export async function dropResults(
  db: JobDatabase,
  epoch: number,
  results: StoredResults,
  window: StoredWindow,
  totals: JobTotals,
): Promise<void> {
  await ownedTransaction(db, epoch, ['meta', 'windows', 'results', 'quarantine'], async (tx) => {
    await Promise.all([
      ...results.refused.map((row) => tx.objectStore('quarantine').delete(row)),
      tx.objectStore('results').delete([results.window, results.seq]),
      tx.objectStore('windows').put(window),
      tx.objectStore('meta').put(totals, 'totals'),
    ]);
  });
}

/** Marks batches of a window as not done. */
export async function reopenWindow(db: JobDatabase, epoch: number, window: StoredWindow): Promise<void> {
  await ownedTransaction(db, epoch, ['meta', 'windows'], async (tx) => {
    await tx.objectStore('windows').put(window);
  });
}

export async function countQuarantined(db: JobDatabase, { first, last }: RowRange): Promise<number> {
  return db.count('quarantine', IDBKeyRange.bound(first, last));
}

const ALL_ROWS: RowRange = { first: 0, last: Number.MAX_SAFE_INTEGER };

/** Quarantined rows in input order, a page at a time. @param rows first and last one, both included. */
export async function* eachQuarantined(
  db: JobDatabase,
  { first, last } = ALL_ROWS,
  pageSize = 500,
): AsyncGenerator<QuarantineRecord> {
  for (let next = first; next <= last;) {
    const page = await db.getAll('quarantine', IDBKeyRange.bound(next, last), pageSize);
    yield* page;
    const end = page.at(-1);
    if (end === undefined || page.length < pageSize) return;
    next = end.row + 1;
  }
}
