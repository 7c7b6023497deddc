import type { JobProgress } from '../core/job-event.ts';
import type { IngestState, JobTotals } from '../store/job-schema.ts';

/** Rates are over the last so many milliseconds: long enough to be calm, short enough to be true. */
const RATE_WINDOW_MS = 15_000;

type Sample = { readonly at: number; readonly rows: number; readonly tokens: number };

/** Turns totals into progress: rate, total and time left. */
export class ProgressMeter {
  readonly #now: () => number;
  #samples: Sample[] = [];

  /** @param now clock in milliseconds */
  constructor(now: () => number, totals: JobTotals) {
    this.#now = now;
    this.#samples.push({ at: now(), rows: rowsOf(totals), tokens: totals.tokens });
  }

  /** To be called after each commit. */
  sample(totals: JobTotals): void {
    const at = this.#now();
    this.#samples.push({ at, rows: rowsOf(totals), tokens: totals.tokens });
    // The oldest sample kept lies just outside the window, so that a rate always spans all of it.
    while (this.#samples.length > 2 && this.#samples[1]!.at < at - RATE_WINDOW_MS) this.#samples.shift();
  }

  /** @param rowsWaiting those that are computed and not committed yet */
  progress(totals: JobTotals, ingest: IngestState, rowsWaiting: number): JobProgress {
    const first = this.#samples[0]!;
    const last = this.#samples.at(-1)!;
    const seconds = (last.at - first.at) / 1000;
    const rowsPerSecond = seconds > 0 ? (last.rows - first.rows) / seconds : 0;
    const tokensPerSecond = seconds > 0 ? (last.tokens - first.tokens) / seconds : 0;
    const rowsDone = rowsOf(totals) + ingest.rejects;
    const rowsTotal = estimateRows(ingest);
    return {
      rowsDone,
      rowsQuarantined: totals.rowsRefused + ingest.rejects,
      rowsWaiting,
      rowsTotal,
      rowsTotalExact: ingest.complete,
      bytesRead: bytesRead(ingest),
      bytesTotal: ingest.bytesTotal,
      rowsPerSecond,
      tokensPerSecond,
      secondsLeft:
        rowsTotal === null || rowsPerSecond <= 0 ? null : Math.max(0, rowsTotal - rowsDone) / rowsPerSecond,
    };
  }
}

/** Rows that have their end: a result, or the refusal of the task or the model. */
function rowsOf(totals: JobTotals): number {
  return totals.rowsEmbedded + totals.rowsRefused;
}

/** Exact at the end of the input; before that, from the share of the bytes that is read. */
export function estimateRows(ingest: IngestState): number | null {
  if (ingest.complete) return ingest.rows;
  const bytes = bytesRead(ingest);
  if (bytes === 0 || ingest.rows === 0) return null;
  return Math.round((ingest.rows * ingest.bytesTotal) / bytes);
}

function bytesRead(ingest: IngestState): number {
  return ingest.bytesRead ?? ingest.next.byte;
}
