import type { JobBatching } from './batching.ts';
import type { DeviceReport } from './device-info.ts';
import type { WeightsReport } from './dtype.ts';
import type { JobErrorCode } from './job-error.ts';
import type { Activation } from './finish.ts';
import type { QuarantineRecord } from './quarantine.ts';
import type { ResultOutput } from './result-output.ts';
import type { RetryRound } from './retry-round.ts';
import type { RunMetrics } from './run-metrics.ts';

export const JOB_STATES = ['new', 'running', 'paused', 'computed', 'done', 'failed'] as const;
/**
 * `running` while a pipeline owns it; `paused` after a drain or an abort; `computed` when every row is committed but
 * nothing is exported yet; `done` when the output is complete; `failed` when it stopped for a reason worth showing.
 * A job found `running` without an owner was killed: it can be resumed.
 */
export type JobState = (typeof JOB_STATES)[number];

/** Where the job stands. Counts are of committed rows; rates leave out loading and warm-up. */
export type JobProgress = {
  readonly rowsDone: number;
  readonly rowsQuarantined: number;
  /** Computed and not committed yet: what a kill at this moment would have computed again. */
  readonly rowsWaiting: number;
  /** Exact once the input is read to its end, before that an estimate from the bytes read; null when nothing is known. */
  readonly rowsTotal: number | null;
  readonly rowsTotalExact: boolean;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rowsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number | null;
};

export const JOB_STAGES = ['checking', 'loading', 'running', 'exporting'] as const;
export type JobStage = (typeof JOB_STAGES)[number];

/**
 * How far the GPU's results of a few rows are from those of the WASM provider: the least cosine of their vectors, or the
 * largest difference between their labels' scores.
 */
export type DeviceAgreement =
  | { readonly rows: number; readonly worstCosine: number }
  | { readonly rows: number; readonly worstScoreGap: number };

/** Facts of a job when its rows are done; the same numbers in the terminal, the page and the manifest. */
export type JobSummary = {
  readonly rows: number;
  readonly rowsEmbedded: number;
  readonly rowsQuarantined: number;
  readonly rowsTruncated: number;
  /** Rows whose text was split, and the windows of all texts, which is 0 where long texts are truncated. */
  readonly rowsSplit: number;
  readonly windows: number;
  /** Rows that got the result of another row with the same tokens, and so were not computed themselves; where texts are split, windows. */
  readonly rowsCopied: number;
  /** Rows computed in earlier runs of this job. */
  readonly rowsResumed: number;
  /** Tokens computed: those of copies are not among them. */
  readonly tokens: number;
  /** Filler / (tokens + filler) over all batches of the job. */
  readonly paddingRatio: number;
  readonly batches: number;
  readonly output: ResultOutput;
  /** Of the scores; null for vectors. */
  readonly activation: Activation | null;
  /** Wall time from the first window to the last commit, of all runs of this job: without loading, reading the first rows and finding the budget. */
  readonly computeSeconds: number;
  readonly rowsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly device: DeviceReport;
  /** Null in what an older Millrace wrote. */
  readonly weights: WeightsReport | null;
  /** Null on WASM, which is what the GPU is compared with. */
  readonly agreement: DeviceAgreement | null;
  /** Where the last run's time went; null when it had nothing left to run. */
  readonly metrics: RunMetrics | null;
  /** Null when there was no row to run. */
  readonly batching: JobBatching | null;
  /** Retries of its rows in quarantine; left out where there was none. */
  readonly rounds?: readonly RetryRound[];
};

/** The one stream that the page, the terminal and the JSON log are reporters of. */
export type JobEvent =
  | { readonly kind: 'stage'; readonly stage: JobStage; readonly message: string }
  | { readonly kind: 'device'; readonly device: DeviceReport }
  | { readonly kind: 'resumed'; readonly rowsDone: number }
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'notice'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly kind: 'quarantined'; readonly record: QuarantineRecord }
  | { readonly kind: 'state'; readonly state: JobState }
  | { readonly kind: 'export'; readonly rowsWritten: number; readonly rowsTotal: number }
  | { readonly kind: 'summary'; readonly summary: JobSummary }
  | {
      readonly kind: 'error';
      readonly code: JobErrorCode;
      readonly message: string;
      readonly hint: string | null;
    };
