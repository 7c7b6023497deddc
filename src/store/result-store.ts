import { JobError } from '../core/job-error.ts';
import type { RowRange } from '../core/export-choices.ts';
import type { Passages } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { sha256Hex } from '../util/sha256.ts';
import type { JobTotals, StoredExamples, StoredResults, StoredWindow } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';
import { ownedTransaction } from './owned-transaction.ts';
import { readEach } from './read-each.ts';
import { sealed, sealHolds, unsealed, type Sealed } from './seal.ts';

/** What one commit changes, all of it or nothing. */
export type ResultCommit = {
  readonly windows: readonly StoredWindow[];
  readonly results: readonly StoredResults[];
  readonly refused: readonly QuarantineRecord[];
  /** Of windows that are new. */
  readonly examples?: readonly StoredExamples[];
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
  await ownedTransaction(
    db,
    epoch,
    ['meta', 'windows', 'results', 'examples', 'quarantine', 'chunks'],
    async (tx) => {
      // Async functions: `put` throws at once what it cannot clone, and the writes before it would be nobody's.
      await Promise.all([
        tx.objectStore('meta').put(sealed(commit.totals), 'totals'),
        ...commit.windows.map(async (window) => tx.objectStore('windows').put(sealed(window))),
        ...commit.results.map(async (results) => tx.objectStore('results').put(sealed(results))),
        ...(commit.examples ?? []).map(async (record) => tx.objectStore('examples').put(sealed(record))),
        ...commit.refused.map(async (record) => tx.objectStore('quarantine').put(sealed(record))),
        ...commit.dropChunks.map(async ([first, last]) =>
          tx.objectStore('chunks').delete(IDBKeyRange.bound(first, last)),
        ),
      ]);
    },
  );
}

/** SHA-256 (hex) that a result segment carries. */
export async function resultsSha256(
  rows: Uint32Array<ArrayBuffer>,
  values: ArrayBuffer,
  passages: Passages = NO_PASSAGES,
  rowTokens: Uint32Array<ArrayBuffer> = NO_TOKENS,
): Promise<string> {
  const parts = [bytesOf(rows), new Uint8Array(values), bytesOf(passages), bytesOf(rowTokens)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return sha256Hex(bytes);
}

const NO_PASSAGES: Passages = new Uint32Array(0);
const NO_TOKENS = new Uint32Array(0);

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The result segments of a window, in the order of their commits. */
export async function readWindowResults(db: JobDatabase, window: number): Promise<Sealed<StoredResults>[]> {
  return db.getAll('results', segmentsOf(window));
}

/**
 * The same when some of them cannot be read any more: a power cut may leave a record whose large values are gone, and
 * then a read of several fails as a whole.
 */
export async function readTornResults(
  db: JobDatabase,
  window: number,
): Promise<{ readonly segments: readonly Sealed<StoredResults>[]; readonly unreadable: readonly number[] }> {
  const { values, unreadable } = await readEach(db, 'results', segmentsOf(window));
  return { segments: values, unreadable: unreadable.map(([, seq]) => seq) };
}

function segmentsOf(window: number): IDBKeyRange {
  return IDBKeyRange.bound([window, 0], [window, Number.MAX_SAFE_INTEGER]);
}

/** True when the segment is what was committed. */
export async function resultsHold(results: Sealed<StoredResults>): Promise<boolean> {
  const { rows, values, passages, rowTokens, sha256 } = results;
  return sealHolds(results) && (await resultsSha256(rows, values, passages, rowTokens)) === sha256;
}

/** What a window loses when results that do not hold are taken out of it. */
export type MendedWindow = {
  /** The window with the batches that are left. */
  readonly window: StoredWindow;
  readonly dropSegments: readonly number[];
  /** Rows that will be run again. */
  readonly dropRefused: readonly number[];
};

/** Takes out of windows what does not hold, and marks the batches of it as not done, with the totals after that. */
export async function mendWindow(
  db: JobDatabase,
  epoch: number,
  { window, dropSegments, dropRefused }: MendedWindow,
): Promise<void> {
  await ownedTransaction(db, epoch, ['meta', 'windows', 'results', 'quarantine'], async (tx) => {
    await Promise.all([
      ...dropRefused.map((row) => tx.objectStore('quarantine').delete(row)),
      ...dropSegments.map((seq) => tx.objectStore('results').delete([window.ordinal, seq])),
      tx.objectStore('windows').put(sealed(window)),
    ]);
  });
}

/** Sets the totals. */
export async function putTotals(db: JobDatabase, epoch: number, totals: JobTotals): Promise<void> {
  await ownedTransaction(db, epoch, ['meta'], async (tx) => {
    await tx.objectStore('meta').put(sealed(totals), 'totals');
  });
}

/** Windows in order, a page at a time: a record is about 1 KB, and a long job has a hundred thousand. */
export async function* eachWindow(db: JobDatabase, pageSize = 500): AsyncGenerator<StoredWindow> {
  let after = -1;
  for (;;) {
    const page = await db.getAll('windows', IDBKeyRange.lowerBound(after, true), pageSize);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.ordinal;
  }
}

export async function countQuarantined(db: JobDatabase, { first, last }: RowRange): Promise<number> {
  return db.count('quarantine', IDBKeyRange.bound(first, last));
}

const ALL_ROWS: RowRange = { first: 0, last: Number.MAX_SAFE_INTEGER };

/**
 * Quarantined rows in input order, a page at a time. @param rows first and last one, both included.
 * @throws JobError `STORE_CORRUPT` at one that is not what was stored.
 */
export async function* eachQuarantined(
  db: JobDatabase,
  { first, last } = ALL_ROWS,
  pageSize = 500,
): AsyncGenerator<QuarantineRecord> {
  for (let next = first; next <= last;) {
    const page = await db.getAll('quarantine', IDBKeyRange.bound(next, last), pageSize);
    for (const record of page) if (holdsOrThrow(record)) yield unsealed(record);
    const end = page.at(-1);
    if (end === undefined || page.length < pageSize) return;
    next = end.row + 1;
  }
}

function holdsOrThrow(record: Sealed<QuarantineRecord>): true {
  if (sealHolds(record)) return true;
  throw new JobError('STORE_CORRUPT', `What is stored is damaged: why row ${record.row} is in quarantine.`, {
    hint: 'Remove the job and run it again.',
  });
}
