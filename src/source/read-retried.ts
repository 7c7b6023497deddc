import type { ByteRange } from '../core/byte-range.ts';
import type { Chunk, ReadPosition } from '../core/chunk.ts';
import { factsText } from '../core/format-words.ts';
import type { TextFacts } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { InputFormat } from '../core/input-format.ts';
import { ChunkBuilder } from './chunk-builder.ts';
import { formatNamed } from './formats.ts';
import { openDataset } from './open-dataset.ts';
import { columnsToRead, DEFAULT_READ_LIMITS, type ReadOptions } from './read-options.ts';
import { checkSameRows, inputChanged, type RowsBefore, type TextsBefore } from './same-rows.ts';
import type { RecordCursor, SourceRecord } from './source-format.ts';
import { SpanHash } from './span-hash.ts';

const START: ReadPosition = { chunk: 0, row: 0, byte: 0, line: 1 };
/** A chunk reaches no further, however few of its rows are wanted: so much is held to be hashed, and read again by a resume. */
const MOST_SPAN_BYTES = 32 * 1024 * 1024;

export type RetriedRows = {
  /** Every chunk that the job read, in order. */
  readonly before: AsyncIterable<RowsBefore>;
  /** Files of its input, archives as one. */
  readonly fileCount: number;
  /** Ordinals of the rows to read again, ascending. */
  readonly rows: Uint32Array;
  readonly textsBefore: TextsBefore;
};

/**
 * Chunks of some rows of a dataset that a job read before, and that has been mended since: each row keeps its number, so all
 * are read past, and those that are not wanted are compared with what the job read of them.
 * A chunk spans whole chunks of the job and what lies in it of the rows that are wanted, maybe none.
 * @param from null, or where any of these chunks ended
 * @throws JobError `INPUT_CHANGED` when another row reads differently now, or there are more rows or fewer.
 */
export async function* readRetried(
  files: readonly ByteRange[],
  options: ReadOptions,
  wanted: RetriedRows,
  from: ReadPosition | null,
  signal: AbortSignal,
): AsyncGenerator<Chunk, void, undefined> {
  const opened = await openDataset(files, options.format, columnsToRead(options), signal);
  if (files.length !== wanted.fileCount)
    throw inputChanged(`The input has ${files.length} files now, and had ${wanted.fileCount}.`);
  let file: RetriedFile | null = null;
  let at = from ?? START;
  try {
    for await (const [chunk, isLast] of withLast(wanted.before)) {
      if (chunk.end.row <= at.row) continue;
      const index = chunk.start.file ?? 0;
      if (file?.index !== index) {
        if (file !== null && !file.isEmpty) yield await file.flush();
        file?.close();
        at = nextFile(file?.end ?? at, index);
        const range = opened[index]?.range;
        if (range === undefined) throw inputChanged(`The input has only ${opened.length} files now.`);
        const named = opened.length > 1 ? { ...options, fileName: range.name } : options;
        file = await RetriedFile.open(range, index, named, at, chunk.facts, signal);
      }
      await file.read(chunk, wanted, isLast);
      if (file.isFull) yield await file.flush();
    }
    if (file !== null && !file.isEmpty) yield await file.flush();
  } finally {
    file?.close();
  }
}

function nextFile(at: ReadPosition, index: number): ReadPosition {
  return (at.file ?? 0) === index ? at : { ...at, file: index, byte: 0, line: 1 };
}

/** A file that is read past from front to back. */
class RetriedFile {
  readonly index: number;
  readonly #range: ByteRange;
  readonly #options: ReadOptions;
  readonly #cursor: RecordCursor;
  readonly #signal: AbortSignal;
  readonly #closing: AbortController;
  /** Of the job's chunks, and of those that are made here. */
  readonly #before: SpanHash;
  readonly #spans: SpanHash;
  #builder: ChunkBuilder;
  /** How it is read, where that is not as it was. */
  readonly #otherwise: string | null;
  #picked = 0;
  #pickedBytes = 0;
  #at: ReadPosition;

  private constructor(
    range: ByteRange,
    index: number,
    options: ReadOptions,
    at: ReadPosition,
    otherwise: string | null,
    signal: AbortSignal,
    closing: AbortController,
    open: (hashes: readonly SpanHash[]) => RecordCursor,
  ) {
    this.index = index;
    this.#range = range;
    this.#options = options;
    this.#signal = signal;
    this.#closing = closing;
    this.#before = new SpanHash(range, at.byte, signal);
    this.#spans = new SpanHash(range, at.byte, signal);
    this.#cursor = open([this.#before, this.#spans]);
    this.#builder = new ChunkBuilder(options, at);
    this.#at = at;
    this.#otherwise = otherwise;
  }

  static async open(
    range: ByteRange,
    index: number,
    options: ReadOptions,
    at: ReadPosition,
    before: TextFacts | undefined,
    signal: AbortSignal,
  ): Promise<RetriedFile> {
    const { maxRowBytes, blockBytes } = { ...DEFAULT_READ_LIMITS, ...options.limits };
    const closing = new AbortController();
    const reading = AbortSignal.any([signal, closing.signal]);
    const reader = await formatNamed(options.format).open(
      range,
      {
        ...{ columns: columnsToRead(options), maxRowBytes, blockBytes, parse: options.parse ?? {} },
        ...(before === undefined ? {} : { before }),
      },
      reading,
    );
    const otherwise = readOtherwise(options.format, before, reader.facts);
    return new RetriedFile(range, index, options, at, otherwise, reading, closing, (hashes) =>
      reader.read(at, reading, (block, byte) => {
        for (const hash of hashes) hash.push(block, byte);
      }),
    );
  }

  get end(): ReadPosition {
    return this.#at;
  }

  get isEmpty(): boolean {
    return this.#at.row === this.#builder.start.row;
  }

  get isFull(): boolean {
    const { maxRows, maxBytes } = { ...DEFAULT_READ_LIMITS, ...this.#options.limits };
    const span = this.#at.byte - this.#builder.start.byte;
    return this.#picked >= maxRows || this.#pickedBytes > maxBytes || span > MOST_SPAN_BYTES;
  }

  /** Reads past the rows of the job's next chunk and takes those that are wanted. @param isLast of the file */
  async read(chunk: RowsBefore, wanted: RetriedRows, isLast: boolean): Promise<void> {
    try {
      await this.#read(chunk, wanted, isLast);
    } catch (thrown) {
      if (this.#otherwise === null || !(thrown instanceof JobError) || thrown.code !== 'INPUT_CHANGED')
        throw thrown;
      throw new JobError(thrown.code, `${thrown.message} ${this.#otherwise}`, {
        hint: 'Save the mended file as it was, in that encoding and with that between its fields, or run it as a new job.',
        details: thrown.details,
        cause: thrown,
      });
    }
  }

  async #read(chunk: RowsBefore, { rows, textsBefore }: RetriedRows, isLast: boolean): Promise<void> {
    const others: [number, SourceRecord][] = [];
    let next = lowerBound(rows, chunk.start.row);
    let { row } = this.#at;
    for (;;) {
      if (row === chunk.end.row && !isLast) break;
      const record = this.#cursor.next();
      if (record === null) {
        if (!(await this.#cursor.fill())) break;
        continue;
      }
      if (row === chunk.end.row) throw inputChanged(`${this.#range.name} has more rows than it had.`);
      if (rows[next] === row) {
        next++;
        this.#builder.skipTo(row);
        this.#builder.add(record);
        this.#picked++;
        this.#pickedBytes += record.byteEnd - this.#at.byte;
      } else others.push([row, record]);
      row++;
      this.#at = { ...this.#at, row, byte: record.byteEnd, line: record.nextLine };
    }
    if (row < chunk.end.row)
      throw inputChanged(`${this.#range.name} ends before row ${row}, and has fewer rows than it had.`);
    if (isLast) this.#at = { ...this.#at, byte: this.#range.byteLength, line: this.#cursor.line };
    if ((await this.#before.next(this.#at.byte)) === chunk.sourceSha256) return;
    await checkSameRows(this.#range.name, this.#options, chunk, others, textsBefore);
  }

  /** The rows that were taken, as a chunk. */
  async flush(): Promise<Chunk> {
    this.#signal.throwIfAborted();
    const { start } = this.#builder;
    const end = { ...this.#at, chunk: start.chunk + 1 };
    const chunk = { ...this.#builder.build(end), sourceSha256: await this.#spans.next(end.byte) };
    this.#at = end;
    this.#builder = new ChunkBuilder(this.#options, end);
    this.#picked = 0;
    this.#pickedBytes = 0;
    return chunk;
  }

  close(): void {
    this.#closing.abort();
  }
}

function readOtherwise(format: InputFormat, before: TextFacts | undefined, now: TextFacts): string | null {
  if (before === undefined || factsText(format, before) === factsText(format, now)) return null;
  return `It is read as ${factsText(format, now)} now, and was read as ${factsText(format, before)}.`;
}

/** Each chunk, and whether it is the last one of its file. */
async function* withLast(
  chunks: AsyncIterable<RowsBefore>,
): AsyncGenerator<readonly [RowsBefore, boolean], void, undefined> {
  let before: RowsBefore | null = null;
  for await (const chunk of chunks) {
    if (before !== null) yield [before, (before.start.file ?? 0) !== (chunk.start.file ?? 0)];
    before = chunk;
  }
  if (before !== null) yield [before, true];
}

/** The first place whose row is not below `row`. */
function lowerBound(rows: Uint32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
