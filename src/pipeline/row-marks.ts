/** Up to so many times as many numbers are held as there are rows; a retry's rows lie further apart. */
const MOST_SPREAD = 16;

/** A number for each row of a range, 0 at first: in an array, or where few of the rows are of interest, in a map. */
export class RowMarks {
  readonly first: number;
  readonly end: number;
  readonly #marks: Uint32Array | Map<number, number>;

  /** @param count rows from `first` to `end` that may be marked */
  constructor(first: number, end: number, count: number) {
    this.first = first;
    this.end = end;
    this.#marks = end - first <= MOST_SPREAD * count + 1024 ? new Uint32Array(end - first) : new Map();
  }

  get(row: number): number {
    return this.#marks instanceof Map ? (this.#marks.get(row) ?? 0) : this.#marks[row - this.first]!;
  }

  set(row: number, mark: number): void {
    if (this.#marks instanceof Map) this.#marks.set(row, mark);
    else this.#marks[row - this.first] = mark;
  }
}
