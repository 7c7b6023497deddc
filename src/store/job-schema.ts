import type { DBSchema } from 'idb';
import type { JobBatching } from '../core/batching.ts';
import type { ColumnKinds, ReadPosition } from '../core/chunk.ts';
import type { DeviceReport } from '../core/device-info.ts';
import type { Fingerprint } from '../core/fingerprint.ts';
import type { TextFacts } from '../core/job-api.ts';
import type { DeviceAgreement, JobState } from '../core/job-event.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { Passages } from '../core/passage.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { Sealed } from './seal.ts';

/** Version of the layout below; a change of it comes with an upgrade step in `open-job-database.ts`. */
export const JOB_SCHEMA_VERSION = 6;

/** What the job is; written once, but for what is found or counted while it runs. */
export type JobHeader = {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly spec: JobSpec;
  readonly state: JobState;
  readonly error: string | null;
  /** Grows by one with each owner; a commit that carries an older one is refused. */
  readonly epoch: number;
  /** Null until the first owner has loaded the model. */
  readonly fingerprint: Fingerprint | null;
  /** Null until the first owner has loaded the model. */
  readonly output: ResultOutput | null;
  readonly device: DeviceReport | null;
  /** Null until the GPU was compared with WASM, and on WASM. */
  readonly agreement: DeviceAgreement | null;
  /** How windows that are not planned yet will be cut into batches. Null until the first one is planned. */
  readonly batching: JobBatching | null;
};

/** How far the input is read. Written with each chunk. */
export type IngestState = {
  readonly next: ReadPosition;
  readonly complete: boolean;
  /** Rows read, the bad ones included. */
  readonly rows: number;
  readonly rejects: number;
  readonly bytesTotal: number;
  /** Left out by an older Millrace, and before the first chunk: as many as `next.byte`. */
  readonly bytesRead?: number;
  /** Kinds of the kept values of all chunks. Left out where an older Millrace read some of them. */
  readonly kinds?: ColumnKinds;
};

/** Totals of what is committed, over all runs of the job. */
export type JobTotals = {
  readonly rowsEmbedded: number;
  /** Rows set aside after ingest: by the task or by the model. */
  readonly rowsRefused: number;
  readonly rowsTruncated: number;
  /** Rows that were not run, because an earlier row has the same tokens. Counted as windows are opened. */
  readonly rowsCopied: number;
  /**
   * Rows whose text was split, and the windows of all texts, counted as windows are opened. Left out by an older Millrace,
   * and where long texts are truncated.
   */
  readonly rowsSplit?: number;
  readonly passages?: number;
  readonly tokens: number;
  readonly paddedTokens: number;
  readonly batches: number;
  readonly computeMs: number;
  /** Windows opened so far; windows are opened in order. */
  readonly windows: number;
};

/** What the task reads of a chunk. Deleted once the window's results are committed. */
export type StoredChunk = {
  readonly ordinal: number;
  readonly read: ArrayBuffer;
  /** SHA-256 (hex) of `read`; absent in chunks that were stored by a layout before the fourth. */
  readonly sha256?: string;
};

/** What the export needs of a chunk, and what a resume checks the input against. Kept to the end of the job. */
export type StoredKept = {
  readonly ordinal: number;
  readonly start: ReadPosition;
  readonly end: ReadPosition;
  readonly rowCount: number;
  readonly sourceSha256: string;
  /** SHA-256 (hex) of what the task read of it, which a retry compares; left out by an older Millrace. */
  readonly readSha256?: string;
  /** How its file was read, which a retry keeps to; left out by an older Millrace. */
  readonly facts?: TextFacts;
  readonly kinds: ColumnKinds;
  readonly kept: ArrayBuffer;
  /** SHA-256 (hex) of `kept`. */
  readonly sha256: string;
};

/**
 * A window of chunks planned together. Its plan is a pure function of the examples, the rows that they stand for,
 * `budgetTokens`, and what the job's `batching` says beside a budget, which stays the same.
 */
export type StoredWindow = {
  readonly ordinal: number;
  readonly firstChunk: number;
  readonly chunkCount: number;
  readonly budgetTokens: number;
  /** Distinct ones, where rows with the same tokens share one. */
  readonly exampleCount: number;
  /** Those that no window before had and that `examples` holds; left out where there is none. */
  readonly newExamples?: number;
  readonly batchCount: number;
  /** Batches whose rows are all committed, as a bit set: batch b is bit b % 8 of byte b / 8. */
  readonly done: Uint8Array<ArrayBuffer>;
  readonly complete: boolean;
  /** Result segments written; the next one's `seq`. */
  readonly segments: number;
};

/** Examples that a window is the first of the job to have, by which a later one with the same finds its result. */
export type StoredExamples = {
  readonly window: number;
  readonly part: number;
  /** The first row of each. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Four words each. */
  readonly hashes: Uint32Array<ArrayBuffer>;
  /** CRC-32 of rows, then hashes. */
  readonly crc: number;
};

/** Results of some batches of one window, as they were committed together. */
export type StoredResults = {
  readonly window: number;
  readonly seq: number;
  /** Ordinals of the batches whose rows these are. */
  readonly batches: readonly number[];
  /** Row ordinals in the dataset, in the order of the results. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** One result a row, or a passage of it, as the header's `output` says. */
  readonly values: ArrayBuffer;
  /** Tokens of each row, where the export answers requests with them. */
  readonly rowTokens?: Uint32Array<ArrayBuffer>;
  /** Tokens of these batches before padding, and with it. */
  readonly tokens: number;
  readonly paddedTokens: number;
  /** What of its row each result is of; left out where long texts are truncated. */
  readonly passages?: Passages;
  /** Rows of these batches that went to quarantine instead. */
  readonly refused: readonly number[];
  /** By number: the passage of each row in `refused` for which it was refused. */
  readonly refusedPassages?: readonly number[];
  /** SHA-256 (hex) of rows, then values, then passages, then the tokens of each row, where they are there. */
  readonly sha256: string;
};

export interface JobSchema extends DBSchema {
  meta: { key: 'header' | 'ingest' | 'totals'; value: Sealed<JobHeader | IngestState | JobTotals> };
  chunks: { key: number; value: Sealed<StoredChunk> };
  kept: { key: number; value: Sealed<StoredKept> };
  windows: { key: number; value: Sealed<StoredWindow> };
  results: { key: [number, number]; value: Sealed<StoredResults> };
  examples: { key: [number, number]; value: Sealed<StoredExamples> };
  quarantine: { key: number; value: Sealed<QuarantineRecord> };
}

export const NO_TOTALS: JobTotals = {
  rowsEmbedded: 0,
  rowsRefused: 0,
  rowsTruncated: 0,
  rowsCopied: 0,
  tokens: 0,
  paddedTokens: 0,
  batches: 0,
  computeMs: 0,
  windows: 0,
};
