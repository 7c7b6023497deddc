import type { JobTotals, StoredResults } from '../store/job-schema.ts';
import type { ResultCommit } from '../store/result-store.ts';
import { joinBatches, type FinishedBatch, type OpenWindow } from './open-window.ts';
import { withOpenings, type WindowOpening } from './window-opening.ts';

/**
 * What one commit writes: finished batches, a segment a window, and windows that are new. Marks the batches done in their
 * windows.
 *
 * @param before totals before the commit; those after it have the same time of computing
 * @throws JobError `INTERNAL` at a batch that was done before
 */
export async function gatherCommit(
  batches: readonly FinishedBatch[],
  openings: readonly WindowOpening[],
  before: JobTotals,
): Promise<ResultCommit> {
  const byWindow = new Map<OpenWindow, FinishedBatch[]>();
  for (const batch of batches) {
    const group = byWindow.get(batch.window);
    if (group === undefined) byWindow.set(batch.window, [batch]);
    else group.push(batch);
  }
  const results: StoredResults[] = [];
  for (const [window, group] of byWindow) results.push(await joinBatches(window, group));
  const tallied = batches.map(({ window, result }) => window.tally.add(result));
  const windows = [
    ...[...byWindow.keys()].map((window) => window.record),
    ...openings.map(({ record }) => record),
  ];
  const opened = withOpenings(before, openings);
  return {
    windows,
    results,
    refused: [...tallied.flatMap(({ records }) => records), ...openings.flatMap(({ refused }) => refused)],
    examples: openings.flatMap(({ counts }) => counts.newExamples ?? []),
    totals: {
      ...opened,
      rowsEmbedded: opened.rowsEmbedded + sumOf(tallied, ({ embedded }) => embedded),
      rowsRefused: opened.rowsRefused + sumOf(tallied, ({ refused }) => refused),
      tokens: opened.tokens + sumOf(batches, ({ tokens }) => tokens),
      paddedTokens: opened.paddedTokens + sumOf(batches, ({ paddedTokens }) => paddedTokens),
      batches: opened.batches + batches.length,
    },
    dropChunks: windows
      .filter(({ complete }) => complete)
      .map(({ firstChunk, chunkCount }) => [firstChunk, firstChunk + chunkCount - 1] as const),
  };
}

function sumOf<T>(values: readonly T[], pick: (value: T) => number): number {
  return values.reduce((sum, value) => sum + pick(value), 0);
}
