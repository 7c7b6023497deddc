import type { RecordCursor, RecordPosition, SourceRecord } from '../source-format.ts';
import type { ColumnarRange } from './columnar-range.ts';

/** Rows of a columnar file, a part of a group at a time. */
export class ColumnarCursor implements RecordCursor {
  readonly #range: ColumnarRange;
  readonly #columns: readonly string[];
  readonly #signal: AbortSignal;
  /** Values of the part at hand, one array a column. */
  #values: readonly ArrayLike<unknown>[] = [];
  #next = 0;
  #count = 0;
  #row: number;

  /** @param columns what the file was opened with, in the same order */
  constructor(range: ColumnarRange, from: RecordPosition, columns: readonly string[], signal: AbortSignal) {
    this.#range = range;
    this.#columns = columns;
    this.#signal = signal;
    this.#row = from.byte;
  }

  /** A row counts as a line. */
  get line(): number {
    return this.#row + 1;
  }

  next(): SourceRecord | null {
    if (this.#next >= this.#count) return null;
    const index = this.#next++;
    const row = this.#row++;
    return {
      kind: 'row',
      columns: this.#columns,
      values: this.#values.map((column) => column[index]),
      json: null,
      place: `row ${row}`,
      byteEnd: row + 1,
      line: row + 1,
      nextLine: row + 2,
    };
  }

  async fill(): Promise<boolean> {
    this.#signal.throwIfAborted();
    const part = this.#range.partAt(this.#row);
    this.#values = [];
    if (part === null) return false;
    this.#values = await this.#range.file.read(part.group, part.from, part.to, this.#signal);
    this.#next = 0;
    this.#count = part.to - part.from;
    return true;
  }
}
