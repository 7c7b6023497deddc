/** A file that holds its rows in groups, and in each group column by column. */
export interface ColumnarFile {
  /** Columns that may be asked for: those of the file, and the fields of structs by their path (`meta.title`). */
  readonly columns: readonly string[];
  /** Rows of each group, in order. */
  readonly groupRows: readonly number[];
  /**
   * Values of the wanted columns for rows `[from, to)` of a group, one array a column; JSON values, and `bigint` where a
   * number would be rounded.
   * @throws JobError `INPUT_FORMAT` for what cannot be read, with the group.
   */
  read(group: number, from: number, to: number, signal: AbortSignal): Promise<readonly ArrayLike<unknown>[]>;
  /** Most rows of a group to be read at once. */
  rowsAtOnce(group: number): number;
  /** SHA-256 (hex) of the bytes that the wanted columns of a group are stored in. */
  hash(group: number, signal: AbortSignal): Promise<string>;
}
