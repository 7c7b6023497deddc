import type { TextFacts } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { InputFormat } from '../core/input-format.ts';
import type { ParseOptions } from '../core/job-spec.ts';
import { formatNamed } from './formats.ts';
import { readLimits } from './read-options.ts';
import { placeInMiddle } from './sample-places.ts';
import type { RecordCursor, RecordReader, SourceFile, SourceRecord } from './source-format.ts';

/** Of pictures, so many bytes count as one character of text. */
const IMAGE_BYTES_A_CHAR = 8;

export type SampleOptions = {
  readonly format: InputFormat;
  readonly parse: ParseOptions;
  /** The sample ends with so many records, or so many characters of text. */
  readonly rows: number;
  readonly chars: number;
  readonly blockBytes: number;
  /** Half of it from further on, where the files can be read from any place. */
  readonly spread: boolean;
};

export type Sample = {
  readonly records: readonly SourceRecord[];
  /** So many of them follow each other from the first record of the input on. */
  readonly headCount: number;
  /** Columns that files declare themselves. */
  readonly declared: readonly string[];
  /** How the first file is read. */
  readonly facts: TextFacts;
  readonly complete: boolean;
  /** Bytes of the files, as stored, that are behind the sample; about. */
  readonly storedBytes: number;
};

/** Records of a dataset: from its start on, or from its beginning, its middle and its end. @throws JobError `INPUT_EMPTY`, `INPUT_FORMAT`. */
export async function readSample(
  files: readonly SourceFile[],
  options: SampleOptions,
  signal: AbortSignal,
): Promise<Sample> {
  const closing = new AbortController();
  const reader = new SampleReader(files, options, AbortSignal.any([signal, closing.signal]));
  try {
    const { rows, chars } = options;
    await reader.readOn(options.spread ? rows / 2 : rows, options.spread ? chars / 2 : chars);
    const places = options.spread ? reader.places() : [];
    if (places.length === 0) await reader.readOn(rows, chars);
    const headCount = reader.records.length;
    for (const [index, place] of places.entries())
      await reader.readAt(place, (rows * (index + 3)) / 4, (chars * (index + 3)) / 4);
    return { ...reader.sample(), headCount };
  } finally {
    closing.abort();
  }
}

/** A file, and where in it a part of the sample begins. */
type Place = { readonly file: number; readonly byte: number };

class SampleReader {
  readonly #files: readonly SourceFile[];
  readonly #options: SampleOptions;
  readonly #signal: AbortSignal;
  readonly #declared = new Set<string>();
  readonly records: SourceRecord[] = [];
  #chars = 0;
  #facts: TextFacts | null = null;
  /** The file that `readOn` is at, and how far it is in it. */
  #file = 0;
  #cursor: RecordCursor | null = null;
  #byte = 0;
  #ended = false;
  #storedBytes = 0;

  constructor(files: readonly SourceFile[], options: SampleOptions, signal: AbortSignal) {
    this.#files = files;
    this.#options = options;
    this.#signal = signal;
  }

  sample(): Omit<Sample, 'headCount'> {
    if (this.#facts === null)
      throw new JobError('INPUT_EMPTY', `None of the ${this.#files.length} files of the input has a row.`);
    const { records } = this;
    const here = this.#ended ? 0 : this.#storedBefore(this.#file, this.#byte);
    const storedBytes = this.#storedBytes + here;
    return { records, declared: [...this.#declared], facts: this.#facts, complete: this.#ended, storedBytes };
  }

  /** Reads on until the sample has so many records or characters, or the input ends. */
  async readOn(rows: number, chars: number): Promise<void> {
    for (; this.#file < this.#files.length; this.#file++, this.#cursor = null, this.#byte = 0) {
      const { range, storedBytes } = this.#files[this.#file]!;
      if (this.#cursor === null) {
        if (this.#isFull(rows, chars)) return;
        const reader = await this.#open(this.#file);
        if (reader === null) continue;
        this.#cursor = reader.read(reader.first, this.#signal);
      }
      for (;;) {
        if (this.#isFull(rows, chars) && this.#byte < range.byteLength) return;
        const record = this.#cursor.next();
        if (record !== null) this.#take(record);
        else if (!(await this.#cursor.fill())) break;
      }
      this.#storedBytes += storedBytes;
    }
    this.#ended = true;
  }

  /** Where the middle and the end of the input are; none where it is nearly read already, or can only be read from its start. */
  places(): readonly Place[] {
    if (this.#ended) return [];
    const total = this.#files.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    const read = this.#storedBytes + this.#storedBefore(this.#file, this.#byte);
    // What was read is half of the sample.
    const part = read / 2;
    if (total - read < 3 * part) return [];
    const wanted = [Math.max(total / 2, read), total - part].map((stored) => this.#placeOf(stored));
    const places = wanted.filter((place) => place !== null);
    // Both may be the start of the same file.
    return places.filter(
      ({ file, byte }, i) => places.findIndex((p) => p.file === file && p.byte === byte) === i,
    );
  }

  /** Reads from a place between two records until the sample has so many records or characters. */
  async readAt({ file, byte }: Place, rows: number, chars: number): Promise<void> {
    const reader = await this.#open(file);
    if (reader === null) return;
    // What a position in the middle of a line gives first is the rest of a record.
    let partial = byte > reader.first.byte && SEEKS[this.#options.format] === 'lines';
    const cursor = reader.read({ byte, line: 1 }, this.#signal);
    let start = byte;
    let end = byte;
    while (!this.#isFull(rows, chars)) {
      const record = cursor.next();
      if (record === null) {
        if (await cursor.fill()) continue;
        break;
      }
      if (partial) start = record.byteEnd;
      else this.#add(byte > 0 ? placeInMiddle(record, end, this.#options.format) : record);
      partial = false;
      this.#countPicture(record.byteEnd - end);
      end = record.byteEnd;
    }
    this.#storedBytes += this.#storedBefore(file, end) - this.#storedBefore(file, start);
  }

  #take(record: SourceRecord): void {
    this.#countPicture(record.byteEnd - this.#byte);
    this.#byte = record.byteEnd;
    this.#add(record);
  }

  #add(record: SourceRecord): void {
    this.records.push(record);
    if (record.kind === 'row')
      for (const value of record.values) if (typeof value === 'string') this.#chars += value.length;
  }

  /** A picture has no text, and is read all the same. */
  #countPicture(bytes: number): void {
    if (this.#options.format === 'images') this.#chars += bytes / IMAGE_BYTES_A_CHAR;
  }

  #isFull(rows: number, chars: number): boolean {
    return this.records.length >= rows || this.#chars >= chars;
  }

  /** Null for a file without a row among others. */
  async #open(file: number): Promise<RecordReader | null> {
    const { format, parse, blockBytes } = this.#options;
    const { maxRowBytes } = readLimits({ format });
    const options = { columns: null, maxRowBytes, blockBytes, parse };
    try {
      const reader = await formatNamed(format).open(this.#files[file]!.range, options, this.#signal);
      this.#facts ??= reader.facts;
      for (const column of reader.columns ?? []) this.#declared.add(column);
      return reader;
    } catch (thrown) {
      if (this.#files.length > 1 && thrown instanceof JobError && thrown.code === 'INPUT_EMPTY') return null;
      throw thrown;
    }
  }

  #storedBefore(file: number, byte: number): number {
    const source = this.#files[file];
    if (source === undefined) return 0;
    return Math.min(source.storedBefore?.(byte) ?? byte, source.storedBytes);
  }

  /** Null where reading is already, or cannot begin. */
  #placeOf(stored: number): Place | null {
    let before = 0;
    for (const [file, { range, storedBytes, seekable }] of this.#files.entries()) {
      if (stored < before + storedBytes) {
        if (seekable === true && SEEKS[this.#options.format] !== undefined) {
          const byte = Math.floor((range.byteLength * (stored - before)) / storedBytes);
          // Units of UTF-16 have two bytes.
          return { file, byte: byte - (byte % 2) };
        }
        return file > this.#file ? { file, byte: 0 } : null;
      }
      before += storedBytes;
    }
    return null;
  }
}

/**
 * Formats whose records can be found from any place: behind the next line end, or at once. CSV has line ends in cells, and what
 * is packed is unpacked from its start.
 */
const SEEKS: Readonly<Partial<Record<InputFormat, 'lines' | 'records'>>> = {
  jsonl: 'lines',
  text: 'lines',
  textfiles: 'records',
  images: 'records',
  parquet: 'records',
  arrow: 'records',
};
