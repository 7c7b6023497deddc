import type { ResultOutput } from './result-output.ts';

/** Type of an output column, chosen from the values that the whole dataset was seen to hold. */
export type ColumnType = 'int64' | 'float64' | 'bool' | 'utf8' | 'json';

export type ResultColumn = { readonly name: string; readonly type: ColumnType };

/** What an export writes, in this column order: `row` (int64), the kept columns, those of the output. */
export type ResultSchema = {
  readonly columns: readonly ResultColumn[];
  readonly output: ResultOutput;
  /**
   * Whether a row may be there several times, once for each window of its text, told apart by the columns that
   * `WINDOW_COLUMNS` names; left out: it is there once.
   */
  readonly windowed?: boolean;
  /** Rows that will be written in all; known before the first one. */
  readonly rowCount: number;
};

/** Consecutive rows of the result, in input order. A row in quarantine is not among them. */
export type ResultBatch = {
  /** Ordinals in the dataset, ascending; those of the windows of one text are the same. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** By column name: JSON text of each row's value, null where the column was absent. */
  readonly kept: Readonly<Record<string, readonly (string | null)[]>>;
  /** The output's bytes, row after row: `rows.length * resultRowBytes(output)`. May begin at any byte of its buffer. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** Tokens of each row, where the job keeps them. */
  readonly tokens?: Uint32Array<ArrayBuffer>;
};
