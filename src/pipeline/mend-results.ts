import { DoneSet } from '../checkpoint/done-set.ts';
import type { JobTotals, StoredResults, StoredWindow } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import {
  dropResults,
  eachWindow,
  readWindowResults,
  reopenWindow,
  resultsHold,
} from '../store/result-store.ts';

/** What a resume found when it read back what was committed. */
export type MendedResults = {
  readonly totals: JobTotals;
  /**
   * Windows that are not done, in order. The text of those that once were is dropped, also of those that were reopened
   * by an earlier resume, which may have been stopped before it could put it back.
   */
  readonly incomplete: readonly StoredWindow[];
  /** Segments that did not hold, and windows of which a segment was gone. */
  readonly dropped: number;
};

/**
 * Reads back every committed result and checks it against its checksum; what does not hold is dropped, and its batches
 * are to be computed again. One window's segments are in memory at a time.
 */
export async function mendResults(
  db: JobDatabase,
  epoch: number,
  before: JobTotals,
  signal: AbortSignal,
): Promise<MendedResults> {
  let totals = before;
  let dropped = 0;
  const held = { rows: 0, tokens: 0, paddedTokens: 0, batches: 0 };
  const incomplete: StoredWindow[] = [];
  for await (const stored of eachWindow(db)) {
    let window = stored;
    signal.throwIfAborted();
    const present = new DoneSet(window.batchCount);
    for (const results of await readSegments(db, window)) {
      const { segment } = results;
      if (results.held) {
        for (const batch of segment.batches) present.add(batch);
        held.rows += segment.rows.length;
        held.tokens += segment.tokens;
        held.paddedTokens += segment.paddedTokens;
        held.batches += segment.batches.length;
        continue;
      }
      const done = new DoneSet(window.batchCount, window.done);
      for (const batch of segment.batches) done.delete(batch);
      window = { ...window, done: done.bytes, complete: false };
      totals = {
        ...totals,
        rowsEmbedded: totals.rowsEmbedded - segment.rows.length,
        rowsRefused: totals.rowsRefused - segment.refused.length,
        tokens: totals.tokens - segment.tokens,
        paddedTokens: totals.paddedTokens - segment.paddedTokens,
        batches: totals.batches - segment.batches.length,
      };
      await dropResults(db, epoch, segment, window, totals);
      dropped++;
    }
    if (!sameBits(window.done, present.bytes)) {
      window = { ...window, done: present.bytes, complete: false };
      await reopenWindow(db, epoch, window);
      dropped++;
    }
    if (!window.complete) incomplete.push(window);
  }
  // What a segment that is gone had counted is known only by what is left.
  const { rows: rowsEmbedded, tokens, paddedTokens, batches } = held;
  totals = { ...totals, rowsEmbedded, tokens, paddedTokens, batches };
  return { totals, incomplete, dropped };
}

function sameBits(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

async function readSegments(
  db: JobDatabase,
  window: StoredWindow,
): Promise<readonly { readonly segment: StoredResults; readonly held: boolean }[]> {
  const segments = await readWindowResults(db, window.ordinal);
  return Promise.all(segments.map(async (segment) => ({ segment, held: await resultsHold(segment) })));
}
