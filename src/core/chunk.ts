import type { TextFacts } from './job-api.ts';
import type { QuarantineRecord } from './quarantine.ts';

/** What values a column was seen to hold, as bits, so that the export can choose one type for the whole column. */
export const VALUE_KIND = {
  null: 1,
  bool: 2,
  int: 4,
  float: 8,
  string: 16,
  object: 32,
  /** A number that float64 would round to another integer: a 64-bit id beyond 2^53. */
  exact: 64,
} as const;

/** Bits of `VALUE_KIND` by column name. */
export type ColumnKinds = Readonly<Record<string, number>>;

/** A column that the task reads, and the name under which the chunk carries it (`text`): as text, or a picture's bytes. */
export type ReadColumn = { readonly role: string; readonly column: string; readonly type: 'text' | 'image' };

/** Where a chunk begins in its source; enough to go on reading there, at any later time. */
export type ReadPosition = {
  readonly chunk: number;
  /** Place of the file in the dataset; left out: the first. */
  readonly file?: number;
  /** Ordinal of the next row. */
  readonly row: number;
  /** Byte offset of the next record in the file. */
  readonly byte: number;
  /** 1-based line number of the next record, for messages. */
  readonly line: number;
};

/**
 * Rows stored and checkpointed together: the unit of ingest. The same files and options always give the same chunks, and none
 * has rows of two files.
 *
 * The rows that are good travel as two Arrow IPC streams of one record batch each, row for row in the same order:
 * `read` has `$row` (uint32 ordinal) and one utf8 or binary column a role (what the task reads, dropped when its results are committed);
 * `kept` has `$row`, `$id` (utf8, null without an id column) and the kept columns as utf8 JSON texts (null = column absent).
 * Rows that are not good are in `rejects` and in neither stream.
 */
export type Chunk = {
  readonly ordinal: number;
  readonly start: ReadPosition;
  /** Where the next chunk begins. */
  readonly end: ReadPosition;
  /** Bytes of the dataset's files that are behind it, as stored; about, for showing how far reading is. */
  readonly bytesRead?: number;
  /** Good rows: the length of both record batches. */
  readonly rowCount: number;
  /** SHA-256 (hex) of the source bytes `[start.byte, end.byte)`. */
  readonly sourceSha256: string;
  /** How its file is read, as given or as found out. */
  readonly facts?: TextFacts;
  readonly read: ArrayBuffer;
  readonly kept: ArrayBuffer;
  readonly kinds: ColumnKinds;
  readonly rejects: readonly QuarantineRecord[];
};

/** Names of the columns that every chunk has. */
export const ROW_COLUMN = '$row';
export const ID_COLUMN = '$id';
