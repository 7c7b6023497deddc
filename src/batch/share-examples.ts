import type { PixelData } from '../core/image-input.ts';
import type { Passages } from '../core/passage.ts';
import { oneRowEach, pickRows, type ExampleRows } from './example-rows.ts';
import type { WindowExamples } from './gather-batch.ts';

/** Most rows that share one example: their vectors are written side by side, and a batch must stay small enough to store. */
export const MAX_ROWS_OF_EXAMPLE = 1024;

export type SharedExamples = {
  /** Each distinct one once, in the order of their first rows. The token ids are those that were given, not a copy. */
  readonly examples: WindowExamples;
  readonly rows: ExampleRows;
};

/**
 * Finds the rows of a window that have the same token ids, or the same pixels, so that the model runs on them once. They are compared by
 * hash, then id by id. Pure, and in the order of the rows, so that a resume finds the same examples.
 *
 * @param rows ordinal in the dataset of each example, ascending
 * @param passages what of its row each example is, where long texts are split
 */
export function shareExamples(
  window: WindowExamples,
  rows: Uint32Array,
  passages?: Passages,
): SharedExamples {
  const exampleOfRow = new Uint32Array(rows.length);
  /** The row whose tokens an example has. */
  const firstOf: number[] = [];
  const counts: number[] = [];
  const table = new ExampleTable(window.pixels === undefined ? window : pixelWords(window, window.pixels));
  for (const row of rows.keys()) {
    const candidate = firstOf.length;
    const found = table.findOrAdd(row, candidate, (example) => counts[example]! < MAX_ROWS_OF_EXAMPLE);
    if (found === candidate) {
      firstOf.push(row);
      counts.push(0);
    }
    exampleOfRow[row] = found;
    counts[found]!++;
  }
  if (firstOf.length === rows.length) return { examples: window, rows: oneRowEach(rows, passages) };
  return {
    examples: {
      ...window,
      lengths: Uint32Array.from(firstOf, (row) => window.lengths[row]!),
      starts: Uint32Array.from(firstOf, (row) => window.starts[row]!),
    },
    rows: groupRows(rows, passages, exampleOfRow, counts),
  };
}

function groupRows(
  rows: Uint32Array,
  passages: Passages | undefined,
  exampleOfRow: Uint32Array,
  counts: readonly number[],
): ExampleRows {
  const starts = new Uint32Array(counts.length + 1);
  for (const [example, count] of counts.entries()) starts[example + 1] = starts[example]! + count;
  const next = starts.slice();
  const grouped = new Uint32Array(rows.length);
  for (const [row, example] of exampleOfRow.entries()) grouped[next[example]!++] = row;
  return { ...pickRows(rows, passages, grouped), starts };
}

/** Pixels as words, the last one filled up with zeros, so that they are compared as token ids are. */
function pixelWords({ starts }: WindowExamples, { bytes, each }: PixelData): WindowExamples {
  const words = Math.ceil(each / 4);
  const tokenIds = new Int32Array(starts.length * words);
  const wordBytes = new Uint8Array(tokenIds.buffer);
  for (const [i, start] of starts.entries())
    wordBytes.set(bytes.subarray(start, start + each), 4 * words * i);
  const ends = starts.map((_, i) => i * words);
  return { tokenIds, starts: ends, lengths: new Uint32Array(starts.length).fill(words) };
}

/** Examples by their token ids: an open hash table, as large as the window needs. */
class ExampleTable {
  readonly #window: WindowExamples;
  /** Example + 1 by slot; 0 is empty. */
  readonly #slots: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #rows: Uint32Array;

  constructor(window: WindowExamples) {
    const count = window.lengths.length;
    this.#window = window;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 1)));
    this.#hashes = new Int32Array(count);
    this.#rows = new Uint32Array(count);
  }

  /** The example with the tokens of `row` that has room, else `fresh`, which has them from now on. */
  findOrAdd(row: number, fresh: number, hasRoom: (example: number) => boolean): number {
    const hash = this.#hashOf(row);
    const last = this.#slots.length - 1;
    let slot = hash & last;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & last) {
      const example = this.#slots[slot]! - 1;
      const same = this.#hashes[example] === hash && this.#sameTokens(this.#rows[example]!, row);
      if (same && hasRoom(example)) return example;
    }
    this.#slots[slot] = fresh + 1;
    this.#hashes[fresh] = hash;
    this.#rows[fresh] = row;
    return fresh;
  }

  /** FNV-1a over whole ids, then mixed, so that the low bits depend on all of them (MurmurHash3, `fmix32`). */
  #hashOf(row: number): number {
    const { tokenIds, starts, lengths } = this.#window;
    let hash = 0x811c9dc5;
    for (let at = starts[row]!, end = at + lengths[row]!; at < end; at++) {
      hash = Math.imul(hash ^ tokenIds[at]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  #sameTokens(a: number, b: number): boolean {
    const { tokenIds, starts, lengths } = this.#window;
    const length = lengths[a]!;
    if (lengths[b] !== length) return false;
    const from = starts[a]!;
    const other = starts[b]!;
    for (let i = 0; i < length; i++) if (tokenIds[from + i] !== tokenIds[other + i]) return false;
    return true;
  }
}
