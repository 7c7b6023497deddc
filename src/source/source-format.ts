import type { ByteRange } from '../core/byte-range.ts';
import type { TextFacts } from '../core/job-api.ts';
import type { InputFormat } from '../core/input-format.ts';
import type { ParseOptions } from '../core/job-spec.ts';
import type { ApiFault, RowErrorCode, RowInput } from '../core/quarantine.ts';

/** A place between two records. */
export type RecordPosition = {
  /** Offset of the next record, or of blank lines before it. */
  readonly byte: number;
  /** 1-based line of that byte. */
  readonly line: number;
};

export type FormatOptions = {
  /** Columns that each row's `values` hold, in this order; null for all that the record has. */
  readonly columns: readonly string[] | null;
  /** A longer record (line end excluded) is rejected, and never held in memory. */
  readonly maxRowBytes: number;
  /** Bytes read at once. Has no effect on what comes out. */
  readonly blockBytes: number;
  /** What the user says of the file; what is left out is found out. */
  readonly parse: ParseOptions;
  /** How the file was read before it was mended: what is not given is taken from there, if the file can be read so. */
  readonly before?: TextFacts;
};

/** One record of the source: a row, or the reason why it is none. */
export type SourceRecord = SourceRow | SourceReject;

export type SourceRow = RecordEnd & {
  readonly kind: 'row';
  /** Where it is, for messages; left out: its line. */
  readonly place?: string;
  readonly columns: readonly string[];
  /** One JSON value a column; undefined where the record does not have it. */
  readonly values: readonly unknown[];
  /** The record as JSON text, for values that JavaScript cannot hold exactly; null when every value is exact. */
  readonly json: string | null;
  /** It is a part of what the row before it is a part of: the two are in one chunk, and may have the same id. */
  readonly follows?: boolean;
};

export type SourceReject = RecordEnd & {
  readonly kind: 'reject';
  readonly code: RowErrorCode;
  /** Names the line and the reason. */
  readonly message: string;
  /** The record as it is in the file; null where it is no text. As everything of a record, the same however it is read. */
  readonly input: RowInput | null;
  /** Where one was read all the same. */
  readonly id?: string | null;
  readonly api?: ApiFault;
};

export type RecordEnd = {
  /** Offset behind the record and its line end: the next record may be read from here. */
  readonly byteEnd: number;
  /** 1-based line on which the record begins. */
  readonly line: number;
  /** Line of `byteEnd`. */
  readonly nextLine: number;
};

/**
 * Records one after the other. `next` works on bytes at hand and is synchronous, because hundreds of thousands of
 * records a second leave no time for a promise each.
 */
export interface RecordCursor {
  /** The next record; null when `fill` must be called. */
  next(): SourceRecord | null;
  /** Reads on. False at the end of the source. */
  fill(): Promise<boolean>;
  /** Line behind the last record. */
  readonly line: number;
  /** Null, or left out: nothing is known of where the last record's values stand. */
  readonly utf8?: Utf8Spans | null;
}

/**
 * Where values of the last record stand as UTF-8, so that they need not be encoded again: value `i` is
 * `bytes[starts[i], ends[i])`, or nowhere (`starts[i]` -1). Until the next call of `next` or `fill`.
 */
export type Utf8Spans = {
  readonly bytes: Uint8Array;
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** True: as CSV has it between quotes, with a pair of quotes for each. */
  readonly quoted: ArrayLike<boolean>;
};

/** Sees each block of the source once, in order, as it is read. */
export type BlockListener = (block: Uint8Array<ArrayBuffer>, byte: number) => void;

/** A file of a dataset. */
export type SourceFile = {
  readonly range: ByteRange;
  /** Bytes of the file as it is stored. */
  readonly storedBytes: number;
  /** What it is compressed with; left out: nothing. */
  readonly compression?: string;
  /** How many of them are behind a position of `range`, about; left out: the position's. */
  readonly storedBefore?: (byte: number) => number;
  /** True when reading may begin anywhere at no more cost than at the start; left out: not. */
  readonly seekable?: boolean;
};

export interface RecordReader {
  /** Columns that the file itself declares; null when each record names its own. */
  readonly columns: readonly string[] | null;
  /** How the file is read, as given or as found out. */
  readonly facts: TextFacts;
  /** Where the first record is: behind a byte order mark and a header. */
  readonly first: RecordPosition;
  /** Reads from a position that an earlier read of the same source gave, or from the first record if that is later. */
  read(from: RecordPosition, signal: AbortSignal, onBlock?: BlockListener): RecordCursor;
}

/** A file format of datasets. Which records it gives depends on the bytes alone, never on the size of blocks. */
export interface SourceFormat {
  readonly name: InputFormat;
  /** @throws JobError `INPUT_EMPTY` or `INPUT_FORMAT` for a file that cannot be of this format. */
  open(range: ByteRange, options: FormatOptions, signal: AbortSignal): Promise<RecordReader>;
}
