import { resultRowBytes, type ResultOutput } from '../../core/result-output.ts';
import type { ResultBatch, ResultColumn, ResultSchema } from '../../core/result-schema.ts';

/** Single numbers or labels: what takes memory in the encoder, however few bytes each has. */
const MAX_VALUES = 3 << 20;
const MAX_ROWS = 1 << 16;
/** UTF-16 units of kept text after which a row group ends early, so that long texts do not decide its memory. */
const MAX_TEXT_LENGTH = 16 << 20;

/** Rows of one row group, column by column. Good until the next `add` to the buffer that it came from. */
export type RowGroup = {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** The output's bytes, row after row, at an address that suits views of 4 bytes. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** JSON text or null by row, for each kept column in the schema's order. */
  readonly kept: readonly (readonly (string | null)[])[];
};

/** Rows of a full row group: three million numbers (8192 rows of 384 dimensions), and no more than 65,536. */
export function rowsPerGroup(output: ResultOutput): number {
  return Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_VALUES / valuesPerRow(output))));
}

function valuesPerRow(output: ResultOutput): number {
  if (output.kind === 'labels') return output.count;
  return output.element === 'binary' ? output.dims / 8 : output.dims;
}

export function emptyRowGroup({ columns }: ResultSchema): RowGroup {
  return { rows: new Uint32Array(0), values: new Uint8Array(0), kept: columns.map(() => []) };
}

/** Cuts results into row groups whose borders depend on the rows alone, not on the batches that they came in. */
export class RowGroupBuffer {
  readonly #columns: readonly ResultColumn[];
  readonly #rowBytes: number;
  readonly #rows: Uint32Array<ArrayBuffer>;
  readonly #values: Uint8Array<ArrayBuffer>;
  #kept: (string | null)[][];
  #rowCount = 0;
  #textLength = 0;

  constructor({ columns, output, rowCount }: ResultSchema) {
    const capacity = Math.min(rowsPerGroup(output), rowCount);
    this.#columns = columns;
    this.#rowBytes = resultRowBytes(output);
    this.#rows = new Uint32Array(capacity);
    this.#values = new Uint8Array(capacity * this.#rowBytes);
    this.#kept = columns.map(() => []);
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  get full(): boolean {
    return this.#rowCount === this.#rows.length || this.#textLength >= MAX_TEXT_LENGTH;
  }

  /** Takes rows of the batch from index `from` until it is full. @returns how many it took. */
  add(batch: ResultBatch, from: number): number {
    let end = from;
    const most = Math.min(batch.rows.length, from + this.#rows.length - this.#rowCount);
    const texts = this.#columns.map(({ name }) => batch.kept[name] ?? []);
    while (end < most && this.#textLength < MAX_TEXT_LENGTH) {
      for (const [c, column] of texts.entries()) {
        const text = column[end] ?? null;
        this.#kept[c]!.push(text);
        this.#textLength += text?.length ?? 0;
      }
      end++;
    }
    this.#rows.set(batch.rows.subarray(from, end), this.#rowCount);
    const { values } = batch;
    this.#values.set(
      values.subarray(from * this.#rowBytes, end * this.#rowBytes),
      this.#rowCount * this.#rowBytes,
    );
    this.#rowCount += end - from;
    return end - from;
  }

  /** What was collected; the buffer is empty afterwards. */
  take(): RowGroup {
    const group: RowGroup = {
      rows: this.#rows.subarray(0, this.#rowCount),
      values: this.#values.subarray(0, this.#rowCount * this.#rowBytes),
      kept: this.#kept,
    };
    this.#kept = this.#columns.map(() => []);
    this.#rowCount = 0;
    this.#textLength = 0;
    return group;
  }
}
