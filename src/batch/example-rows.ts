import { pickPassages, type Passages } from '../core/passage.ts';

/**
 * Which rows of the dataset each example of a window stands for: more than one where rows have the same tokens. Those of
 * example i are `rows[starts[i], starts[i + 1])`, ascending. Each row is there once, or, where long texts are split, once for
 * each of its passages.
 */
export type ExampleRows = {
  /** Ordinals in the dataset. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** One more than there are examples. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** What of each row, in the order of `rows`; left out where an example always is a whole row. */
  readonly passages?: Passages;
};

/** Each row an example of its own. */
export function oneRowEach(rows: Uint32Array, passages?: Passages): ExampleRows {
  const starts = Uint32Array.from({ length: rows.length + 1 }, (_, i) => i);
  return { rows: rows.slice(), starts, ...(passages === undefined ? {} : { passages }) };
}

/** The same in another order. */
export function pickRows(
  rows: Uint32Array,
  passages: Passages | undefined,
  indices: Uint32Array,
): Omit<ExampleRows, 'starts'> {
  const picked = Uint32Array.from(indices, (index) => rows[index]!);
  return passages === undefined
    ? { rows: picked }
    : { rows: picked, passages: pickPassages(passages, indices) };
}

/** How many rows each example stands for. */
export function rowCountsOf({ starts }: ExampleRows): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(
    { length: starts.length - 1 },
    (_, example) => starts[example + 1]! - starts[example]!,
  );
}

/** The rows of one example; a view. */
export function rowsOfExample({ rows, starts }: ExampleRows, example: number): Uint32Array<ArrayBuffer> {
  return rows.subarray(starts[example], starts[example + 1]);
}
