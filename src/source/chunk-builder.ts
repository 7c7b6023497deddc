import type { Chunk, ReadPosition } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import { columnsInput, rowInput, type QuarantineRecord, type RowInput } from '../core/quarantine.ts';
import { encodeKept } from '../util/arrow/kept-columns.ts';
import { encodeReadColumns } from '../util/arrow/read-columns.ts';
import { Utf8Builder } from '../util/arrow/utf8-builder.ts';
import { clipText } from './clip-text.ts';
import { keptValue } from './kept-value.ts';
import { columnsToRead, type ReadOptions } from './read-options.ts';
import { idFault, idOf, placeOf, textFault, type RowFault } from './row-rules.ts';
import type { SourceRecord, SourceRow, Utf8Spans } from './source-format.ts';

/** Ordinals are stored as uint32, and the last one is spared as a mark. */
const MOST_ROWS = 0xffffffff;

/** Collects the records of one chunk: each ends as a row or as a reject. */
export class ChunkBuilder {
  readonly start: ReadPosition;
  readonly #options: ReadOptions;
  readonly #readPlaces: readonly number[];
  readonly #keepPlaces: readonly number[];
  readonly #idPlace: number;
  readonly #rows: number[] = [];
  /** By column that is read. */
  readonly #read: readonly (Utf8Builder | Uint8Array<ArrayBuffer>[])[];
  readonly #ids: (string | null)[] = [];
  readonly #kept: (string | null)[][];
  readonly #kinds: number[];
  readonly #rejects: QuarantineRecord[] = [];
  #row: number;
  #byteEnd: number;
  #nextLine: number;
  /** The last row that follows none was refused as a duplicate, and with it those that follow it. */
  #droppedGroup = false;

  constructor(options: ReadOptions, start: ReadPosition) {
    const columns = columnsToRead(options);
    for (const { type, column } of options.read)
      if (type === 'image' && options.keep.includes(column)) throw notKept(column);
    this.start = start;
    this.#options = options;
    this.#readPlaces = options.read.map(({ column }) => columns.indexOf(column));
    this.#keepPlaces = options.keep.map((column) => columns.indexOf(column));
    this.#idPlace = options.idColumn === null ? -1 : columns.indexOf(options.idColumn);
    this.#read = options.read.map(({ type }) => (type === 'image' ? [] : new Utf8Builder()));
    this.#kept = options.keep.map(() => []);
    this.#kinds = options.keep.map(() => 0);
    this.#row = start.row;
    this.#byteEnd = start.byte;
    this.#nextLine = start.line;
  }

  /** Records so far, rows and rejects. */
  get recordCount(): number {
    return this.#row - this.start.row;
  }

  /** Where the next chunk begins. */
  get end(): ReadPosition {
    return {
      ...this.start,
      chunk: this.start.chunk + 1,
      row: this.#row,
      byte: this.#byteEnd,
      line: this.#nextLine,
    };
  }

  /** The next record is this row, which lies behind those before: others are left out. */
  skipTo(row: number): void {
    this.#row = row;
  }

  /** @param utf8 where its values stand, if that is known */
  add(record: SourceRecord, utf8: Utf8Spans | null = null): void {
    const follows = record.kind === 'row' && record.follows === true;
    if (follows && this.#droppedGroup) return;
    this.#droppedGroup = false;
    const row = this.#row++;
    if (row >= MOST_ROWS)
      throw new JobError(
        'INPUT_FORMAT',
        `The input has more rows than the ${MOST_ROWS} that a job can number.`,
      );
    this.#byteEnd = record.byteEnd;
    this.#nextLine = record.nextLine;
    if (record.kind === 'reject') this.#reject(row, record.id ?? null, record, record.input);
    else this.#addRow(row, record, utf8);
  }

  build(end: ReadPosition): Omit<Chunk, 'sourceSha256'> {
    const rows = Uint32Array.from(this.#rows);
    const { keep } = this.#options;
    return {
      ordinal: this.start.chunk,
      start: this.start,
      end,
      rowCount: rows.length,
      read: encodeReadColumns({
        rows,
        columns: this.#readOf((values) => (values instanceof Utf8Builder ? values : null)),
        images: this.#readOf((values) => (values instanceof Utf8Builder ? null : values)),
      }),
      kept: encodeKept({
        rows,
        ids: this.#ids,
        columns: Object.fromEntries(keep.map((name, i) => [name, this.#kept[i]!])),
      }),
      kinds: Object.fromEntries(keep.map((name, i) => [name, this.#kinds[i]!])),
      rejects: this.#rejects,
    };
  }

  #readOf<T>(valuesOf: (column: Utf8Builder | Uint8Array<ArrayBuffer>[]) => T | null): Record<string, T> {
    const columns: Record<string, T> = {};
    for (const [i, { role }] of this.#options.read.entries()) {
      const values = valuesOf(this.#read[i]!);
      if (values !== null) columns[role] = values;
    }
    return columns;
  }

  #addRow(row: number, record: SourceRow, utf8: Utf8Spans | null): void {
    const id = this.#idPlace === -1 ? null : idOf(record, this.#idPlace);
    const fault = this.#fault(row, record, id, utf8);
    if (fault !== null) {
      this.#droppedGroup = fault.code === 'ROW_DUPLICATE_ID';
      this.#reject(row, id, fault, inputOf(record));
      return;
    }
    this.#rows.push(row);
    this.#ids.push(id);
    for (let i = 0; i < this.#readPlaces.length; i++) {
      const place = this.#readPlaces[i]!;
      const column = this.#read[i]!;
      const start = utf8?.starts[place] ?? -1;
      if (!(column instanceof Utf8Builder)) column.push(record.values[place] as Uint8Array<ArrayBuffer>);
      else if (utf8 !== null && start >= 0) {
        if (utf8.quoted[place] === true) column.appendQuoted(utf8.bytes, start, utf8.ends[place]!);
        else column.appendUtf8(utf8.bytes, start, utf8.ends[place]!);
      } else column.append(record.values[place] as string);
    }
    for (let i = 0; i < this.#keepPlaces.length; i++) {
      const { text, kind } = keptValue(record, this.#keepPlaces[i]!);
      this.#kept[i]!.push(text);
      this.#kinds[i]! |= kind;
    }
  }

  /** Ids count as used only by good rows: those are what a resume can rebuild the index from. */
  #fault(row: number, record: SourceRow, id: string | null, utf8: Utf8Spans | null): RowFault | null {
    for (let i = 0; i < this.#readPlaces.length; i++) {
      // A source of pictures has looked at them itself.
      if (this.#options.read[i]!.type === 'image') continue;
      const place = this.#readPlaces[i]!;
      // A string with quotes in it is put together only when it is looked at.
      if (utf8 !== null && beginsPrintable(utf8, place)) continue;
      const fault = textFault(record, place);
      if (fault !== null) return fault;
    }
    if (this.#idPlace === -1) return null;
    if (id === null) return idFault(record, this.#idPlace);
    if (record.follows === true) return null;
    const first = this.#options.ids?.firstRow(id, row) ?? null;
    if (first === null) return null;
    const message = `id "${clipText(id)}" (${placeOf(record)}) was already used by row ${first}`;
    return { code: 'ROW_DUPLICATE_ID', message };
  }

  #reject(row: number, id: string | null, { code, message, api }: RowFault, input: RowInput | null): void {
    const { fileName } = this.#options;
    const where = fileName === undefined ? '' : `${fileName}: `;
    const named = api === undefined ? {} : { api };
    this.#rejects.push({ row, id, code, message: where + message, attempts: 0, input, ...named });
  }
}

function beginsPrintable({ bytes, starts, ends }: Utf8Spans, place: number): boolean {
  const start = starts[place]!;
  if (start < 0 || start >= ends[place]!) return false;
  const first = bytes[start]!;
  return first > 0x20 && first < 0x7f;
}

function notKept(column: string): JobError {
  return new JobError(
    'SPEC_INVALID',
    `The column "${column}" holds pictures, which are not kept beside the results.`,
    {
      hint: 'Keep the path, by which they are found again.',
    },
  );
}

function inputOf(record: SourceRow): RowInput {
  if (record.json !== null) return rowInput(record.json);
  const texts = record.columns.map((name, index) => [name, keptValue(record, index).text] as const);
  return columnsInput(texts.filter((column): column is readonly [string, string] => column[1] !== null));
}
