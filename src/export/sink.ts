import type { ExportTarget } from '../core/export-target.ts';
import type { Compression, OutputFormat } from '../core/output-format.ts';
import type { ResultBatch, ResultSchema } from '../core/result-schema.ts';

export type SinkOptions = {
  /** Parquet; left out: as the format does it by default. */
  readonly compression?: Compression | undefined;
  /** CSV: an apostrophe before text that a spreadsheet would run as a formula. */
  readonly csvGuard: boolean;
};

/** Encodes results to one file format. */
export interface SinkFormat {
  readonly format: OutputFormat;
  /** Opens the format's files on the target. @throws JobError `EXPORT_FAILED`. */
  open(schema: ResultSchema, target: ExportTarget, options?: SinkOptions): Promise<Sink>;
}

/**
 * One export being written. Calls come one at a time. The bytes depend on the rows alone, not on how they are grouped
 * into batches, and memory does not grow with their number. After a failed call only `abort` is of use.
 */
export interface Sink {
  /**
   * Takes rows that follow those of the last call. The batch may be used until the next call returns.
   * @throws JobError `EXPORT_FAILED` when rows do not ascend, or a value does not fit its column.
   */
  write(batch: ResultBatch): Promise<void>;
  /**
   * Completes every file, the one that readers look for last.
   * @throws JobError `EXPORT_FAILED` when the rows written are not the `rowCount` of the schema.
   */
  finish(): Promise<void>;
  /** Removes every file, finished ones too. May be called at any time and more than once. */
  abort(): Promise<void>;
  /** Suffixes of the files that this sink writes; of one that writes parts, those so far. */
  readonly files: readonly string[];
  /** Rows by file, where not every file holds all of them. */
  readonly rowsByFile?: Readonly<Record<string, number>>;
  /** What the user should know about the files once they are finished, a sentence each. */
  readonly notices?: readonly string[];
}
