import type { JobError } from '../../src/core/job-error.ts';
import type { QuarantineRecord } from '../../src/core/quarantine.ts';
import { CommitQueue } from '../../src/pipeline/commit-queue.ts';
import type { FinishedBatch, OpenWindow } from '../../src/pipeline/open-window.ts';
import { NO_TOTALS, type JobTotals } from '../../src/store/job-schema.ts';
import type { WindowCounts } from '../../src/pipeline/window-opening.ts';
import type { JobDatabase } from '../../src/store/open-job-database.ts';
import { ChangeSignal } from '../../src/util/signal-change.ts';
import { testVectors } from './test-job.ts';

/** A window in which no row was cut or copied. */
export const NO_COUNTS: WindowCounts = { truncated: 0, copies: 0 };

/** A commit queue whose clock the test sets, and what it told. */
export function openCommits(db: JobDatabase, totals: JobTotals = NO_TOTALS) {
  const clock = { ms: 0 };
  const told = { commits: [] as JobTotals[], refused: [] as number[], errors: [] as JobError[] };
  const changed = new ChangeSignal();
  const commits = new CommitQueue({
    db,
    epoch: 1,
    totals,
    now: () => clock.ms,
    onCommit: (after, refused) => {
      told.commits.push(after);
      told.refused.push(...refused.map(({ row }) => row));
      changed.notify();
    },
    onError: (thrown) => told.errors.push(thrown as JobError),
  });
  return {
    commits,
    clock,
    told,
    committed: (count: number) => changed.until(() => told.commits.length >= count),
  };
}

/** Rows with the vectors of `testVectors`; 10 tokens a row, 12 with padding. */
export function finishedBatch(
  window: OpenWindow,
  ordinal: number,
  rows: readonly number[],
  refused: readonly QuarantineRecord[] = [],
): FinishedBatch {
  const count = rows.length + refused.length;
  const result = { rows: Uint32Array.from(rows), values: new Uint8Array(testVectors(rows).buffer), refused };
  return { window, ordinal, result, tokens: count * 10, paddedTokens: count * 12 };
}

/** Opens a window of the queue without waiting for the next commit. */
export async function openNow(
  commits: CommitQueue,
  ...window: Parameters<CommitQueue['openWindow']>
): Promise<OpenWindow> {
  const opening = commits.openWindow(...window);
  commits.hurry();
  return opening;
}
