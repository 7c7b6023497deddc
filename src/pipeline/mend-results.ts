import { DoneSet } from '../checkpoint/done-set.ts';
import { JobError } from '../core/job-error.ts';
import { readKept } from '../store/chunk-store.ts';
import { readJobMeta } from '../store/job-meta.ts';
import type { JobTotals, StoredResults, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { eachWindow, mendWindow, putTotals, readTornResults, resultsHold } from '../store/result-store.ts';
import { sealHolds, unsealed } from '../store/seal.ts';
import { RowTally } from './row-tally.ts';

/** What a resume found when it read back what was committed. */
export type MendedResults = {
  readonly totals: JobTotals;
  /**
   * Windows that are not done, in order. The text of those that once were is dropped, also of those that were reopened
   * by an earlier resume, which may have been stopped before it could put it back.
   */
  readonly incomplete: readonly StoredWindow[];
  /** Segments that did not hold or could not be read, and windows of which a segment was gone. */
  readonly dropped: number;
};

/**
 * Reads back every committed result and checks it against its checksum; what does not hold, cannot be read or is gone is
 * dropped, and its batches are to be computed again. One window's segments are in memory at a time.
 * @throws JobError `STORE_CORRUPT` when the plan of a window is damaged: its batches cannot be told any more.
 */
export async function mendResults(
  db: JobDatabase,
  epoch: number,
  before: JobTotals,
  signal: AbortSignal,
): Promise<MendedResults> {
  const rejects = (await readJobMeta(db))?.ingest.rejects ?? 0;
  const ordinals = await db.getAllKeys('windows');
  if (ordinals.length !== before.windows || !ordinals.every((ordinal, index) => ordinal === index))
    throw damaged(`it has the plans of ${ordinals.length} windows of rows and should have ${before.windows}`);
  let dropped = 0;
  const held = { rows: 0, tokens: 0, paddedTokens: 0, batches: 0 };
  const incomplete: StoredWindow[] = [];
  for await (const stored of eachWindow(db)) {
    signal.throwIfAborted();
    if (!sealHolds(stored)) throw damaged(`the plan of window ${stored.ordinal} does not match its checksum`);
    const { good, bad, unreadable } = await readSegments(db, stored);
    const present = new DoneSet(stored.batchCount);
    const tally = new RowTally();
    for (const segment of good) {
      for (const batch of segment.batches) present.add(batch);
      if (segment.passages === undefined) held.rows += segment.rows.length;
      else tally.addStored(segment);
      held.tokens += segment.tokens;
      held.paddedTokens += segment.paddedTokens;
      held.batches += segment.batches.length;
    }
    held.rows += tally.embedded;
    let window: StoredWindow = unsealed(stored);
    const dropSegments = [...bad.map(({ seq }) => seq), ...unreadable];
    if (dropSegments.length > 0 || !sameBits(stored.done, present.bytes)) {
      window = { ...window, done: present.bytes, complete: false };
      const dropRefused = await refusedAgain(db, window, good, bad);
      await mendWindow(db, epoch, { window, dropSegments, dropRefused });
      dropped += Math.max(1, dropSegments.length);
    }
    if (!window.complete) incomplete.push(window);
  }
  // What a segment that is gone had counted is known only by what is left; an earlier call may have been cut short here.
  const totals: JobTotals = {
    ...before,
    rowsEmbedded: held.rows,
    rowsRefused: (await db.count('quarantine')) - rejects,
    tokens: held.tokens,
    paddedTokens: held.paddedTokens,
    batches: held.batches,
  };
  if (JSON.stringify(totals) !== JSON.stringify(before)) await putTotals(db, epoch, totals);
  return { totals, incomplete, dropped };
}

function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

async function readSegments(db: JobDatabase, window: StoredWindow) {
  const { segments, unreadable } = await readTornResults(db, window.ordinal);
  const good: StoredResults[] = [];
  const bad: StoredResults[] = [];
  for (const segment of segments) ((await resultsHold(segment)) ? good : bad).push(segment);
  return { good, bad, unreadable };
}

/**
 * Rows in quarantine whose batch is run again. A segment that is gone took the list of its rows with it: they are those
 * that the model was tried on and that no segment that is left has.
 */
async function refusedAgain(
  db: JobDatabase,
  window: StoredWindow,
  good: readonly StoredResults[],
  bad: readonly StoredResults[],
): Promise<number[]> {
  const settled = new Set(good.flatMap(({ refused }) => refused));
  const again = new Set(bad.filter(sealHolds).flatMap(({ refused }) => refused));
  // A row of several passages may be refused for another one, too.
  for (const row of settled) again.delete(row);
  const kept = await readKept(db, window.firstChunk, window.chunkCount);
  const [first, last] = [kept.at(0), kept.at(-1)];
  if (first !== undefined && last !== undefined && first.start.row < last.end.row) {
    const rows = IDBKeyRange.bound(first.start.row, last.end.row, false, true);
    for (const { row, attempts } of await db.getAll('quarantine', rows)) {
      if (attempts > 0 && !settled.has(row)) again.add(row);
    }
  }
  return [...again];
}

function damaged(what: string): JobError {
  return new JobError('STORE_CORRUPT', `What is stored of the job is damaged: ${what}.`, {
    hint: 'It cannot be put right: remove the job and run it again.',
  });
}
