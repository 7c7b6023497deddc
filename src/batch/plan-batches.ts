import type { BatchPlan } from '../core/batch.ts';
import type { Batching } from '../core/batching.ts';
import { largestTensorBytes } from './tensor-bounds.ts';

/** Most rows of one batch, whatever their length: keeps readback and quarantine bisection small. */
export const MAX_ROWS = 4096;

/**
 * Cuts the examples of a window into batches: longest first, rows of like length together, each batch padded to its
 * longest row, within the budget and the bounds on tensors. A row that exceeds them by itself runs alone. Of all such cuts it is the one of the
 * least cost, padded tokens and runs together: few runs where rows are of like length, little filler where they are not.
 * Pure: the same lengths and costs always give the same plan, so a resume runs exactly the batches that were missing.
 *
 * @param lengths tokens of each example, at least 1
 * @param rowCounts rows that each example stands for; left out: one each
 */
export function planBatches(
  lengths: Uint32Array,
  batching: Batching,
  rowCounts: Uint32Array | null = null,
): BatchPlan[] {
  const order = longestFirst(lengths);
  const sorted = order.map((example) => lengths[example]!);
  const counts = rowCounts === null ? null : order.map((example) => rowCounts[example]!);
  const rowsFrom = cheapestCut(sorted, counts, batching);
  const plans: BatchPlan[] = [];
  for (let start = 0; start < order.length; start += rowsFrom[start]!) {
    const examples = order.slice(start, start + rowsFrom[start]!);
    plans.push({ ordinal: plans.length, examples, paddedLength: sorted[start]! });
  }
  return plans;
}

/** Examples in the order in which they are planned: those of equal length stay in input order. */
export function longestFirst(lengths: Uint32Array): Uint32Array<ArrayBuffer> {
  const count = lengths.length;
  // Numbers are sorted several times faster than by a function that compares: length and place in one, exact below 2^53.
  const keys = new Float64Array(count);
  for (let example = 0; example < count; example++) keys[example] = example - lengths[example]! * count;
  return Uint32Array.from(keys.sort(), (key) => ((key % count) + count) % count);
}

/** Most rows of a batch padded to `length` tokens, at least 1: a row that exceeds a limit by itself runs alone. */
export function rowsThatFit(
  length: number,
  { budgetTokens, bounds }: Omit<Batching, 'runCostTokens'>,
): number {
  const inBounds =
    bounds === undefined ? Infinity : Math.floor(bounds.maxTensorBytes / largestTensorBytes(length, bounds));
  return Math.max(1, Math.min(MAX_ROWS, Math.floor(budgetTokens / length), inBounds));
}

/** How many rows the batch that begins at each row has, if one begins there: the shortest path through all cuts. */
function cheapestCut(sorted: Uint32Array, counts: Uint32Array | null, batching: Batching): Uint32Array {
  const count = sorted.length;
  const rowsFrom = new Uint32Array(count);
  const costFrom = new Float64Array(count + 1);
  /** Where the rows that are as long as each one end. */
  const groupEnd = new Uint32Array(count);
  const storable = new Storable(counts, count);
  for (let start = count - 1; start >= 0; start--) {
    const length = sorted[start]!;
    groupEnd[start] = sorted[start + 1] === length ? groupEnd[start + 1]! : start + 1;
    const end = Math.min(storable.endFrom(start), start + rowsThatFit(length, batching));
    const last = lastWorthTrying(sorted, groupEnd, start, end, batching.runCostTokens);
    let least = Infinity;
    let padded = 0;
    for (let next = start + 1; next <= last; next++) {
      padded += length;
      const cost = padded + costFrom[next]!;
      // Of two that cost the same, the one with more rows at once.
      if (cost > least) continue;
      least = cost;
      rowsFrom[start] = next - start;
    }
    costFrom[start] = least + batching.runCostTokens;
  }
  return rowsFrom;
}

/**
 * The furthest end that a batch from `start` may have and cost no more than another. Cut before the first row that is shorter,
 * it costs one run more and saves the filler of the rows from there on; that much filler it never has.
 */
function lastWorthTrying(
  sorted: Uint32Array,
  groupEnd: Uint32Array,
  start: number,
  end: number,
  runCostTokens: number,
): number {
  let last = end;
  for (let cut = groupEnd[start]!; cut < last; cut = groupEnd[cut]!)
    last = Math.min(last, cut + Math.floor(runCostTokens / (sorted[start]! - sorted[cut]!)));
  return last;
}

/** Which rows may be in one batch by what they stand for, which has to be stored at once. */
class Storable {
  readonly #counts: Uint32Array | null;
  #end: number;
  #stored = 0;

  constructor(counts: Uint32Array | null, count: number) {
    this.#counts = counts;
    this.#end = count;
  }

  /** The furthest end of a batch from `start`; to be asked from the last row to the first. */
  endFrom(start: number): number {
    if (this.#counts === null) return this.#end;
    this.#stored += this.#counts[start]!;
    while (this.#stored > MAX_ROWS && this.#end > start + 1) this.#stored -= this.#counts[--this.#end]!;
    return this.#end;
  }
}
