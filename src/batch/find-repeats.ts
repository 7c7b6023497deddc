import type { FirstMet } from '../core/batch.ts';
import { HASH_WORDS } from '../core/example-hash.ts';
import type { ExampleRows } from './example-rows.ts';
import type { ExampleIndex, NewExamples } from './example-index.ts';
import type { WindowExamples } from './gather-batch.ts';
import { hashExamples } from './hash-examples.ts';

/**
 * Earlier windows whose results one window may need. Reading a window's results back takes some milliseconds, so a window whose
 * repeats are spread over more of them runs the others.
 */
const MOST_WINDOWS_NEEDED = 32;

/** An example of a window that an earlier window has, too. */
export type Repeat = FirstMet & { readonly example: number };

export type FoundRepeats = {
  /** Ascending by example. */
  readonly repeats: readonly Repeat[];
  /** The other examples of the window, which are to be run. */
  readonly fresh: Uint32Array<ArrayBuffer>;
  /** What no window before has had. */
  readonly unknown: NewExamples;
};

/**
 * Finds the examples of a window whose result an earlier window has. A pure function of this window and what the index has of
 * those before it.
 */
export function findRepeats(
  index: ExampleIndex,
  window: number,
  examples: WindowExamples,
  rows: ExampleRows,
): FoundRepeats {
  const count = examples.lengths.length;
  const hashes = hashExamples(examples);
  const met: Repeat[] = [];
  const unknown: number[] = [];
  for (let example = 0; hashes !== null && example < count; example++) {
    const found = index.find(hashes, example, window);
    if (found === null) unknown.push(example);
    else met.push({ ...found, example });
  }
  const needed = mostNeeded(met, index.leastRepeats);
  const repeats = met.filter((repeat) => needed.has(repeat.window));
  const repeated = new Set(repeats.map(({ example }) => example));
  const fresh = Uint32Array.from({ length: count }, (_, i) => i).filter((example) => !repeated.has(example));
  const words = new Uint32Array(unknown.length * HASH_WORDS);
  for (const [i, example] of unknown.entries())
    words.set(hashes!.subarray(example * HASH_WORDS, (example + 1) * HASH_WORDS), i * HASH_WORDS);
  const firstRows = Uint32Array.from(unknown, (example) => rows.rows[rows.starts[example]!]!);
  return { repeats, fresh, unknown: { rows: firstRows, hashes: words } };
}

/** The windows that enough of the repeats are of, those with most first; of two that have as many, the later one. */
function mostNeeded(met: readonly Repeat[], least: number): ReadonlySet<number> {
  const counts = new Map<number, number>();
  for (const { window } of met) counts.set(window, (counts.get(window) ?? 0) + 1);
  const enough = [...counts].filter(([, count]) => count >= least);
  const order = enough.sort(([a, ofA], [b, ofB]) => ofB - ofA || b - a);
  return new Set(order.slice(0, MOST_WINDOWS_NEEDED).map(([window]) => window));
}
