import type { QuarantineRecord } from '../core/quarantine.ts';
import type { JobTotals, StoredExamples, StoredWindow } from '../store/job-schema.ts';

/** Rows of a window to be counted when it is opened. */
export type WindowCounts = {
  /** Cut to the model's longest input. */
  readonly truncated: number;
  /** Not run, because they have the tokens of another row. */
  readonly copies: number;
  /** What the window is the first to have. */
  readonly newExamples?: readonly StoredExamples[];
  /** Whose text was split, and the windows of all texts; left out: none. */
  readonly split?: number;
  readonly passages?: number;
};

/** A window that is to be recorded. */
export type WindowOpening = {
  readonly record: StoredWindow;
  /** By the task. */
  readonly refused: readonly QuarantineRecord[];
  readonly counts: WindowCounts;
};

/** The totals with the windows recorded. */
export function withOpenings(totals: JobTotals, openings: readonly WindowOpening[]): JobTotals {
  return openings.reduce(withOpening, totals);
}

function withOpening(totals: JobTotals, { refused, counts }: WindowOpening): JobTotals {
  const { split = 0, passages = 0 } = counts;
  const ofTexts = {
    rowsSplit: (totals.rowsSplit ?? 0) + split,
    passages: (totals.passages ?? 0) + passages,
  };
  return {
    ...totals,
    ...(passages === 0 ? {} : ofTexts),
    rowsRefused: totals.rowsRefused + refused.length,
    rowsTruncated: totals.rowsTruncated + counts.truncated,
    rowsCopied: totals.rowsCopied + counts.copies,
    windows: totals.windows + 1,
  };
}
