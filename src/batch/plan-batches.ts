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
  return Uint32Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
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
  const rowsFrom = new Uint32Array(sorted.length);
  const costFrom = new Float64Array(sorted.length + 1);
  for (let start = sorted.length - 1; start >= 0; start--) {
    const length = sorted[start]!;
    const most = Math.min(rowsThatFit(length, batching), sorted.length - start);
    let least = Infinity;
    let stored = 0;
    for (let rows = 1; rows <= most; rows++) {
      // What the examples of a batch stand for has to be stored at once.
      stored += counts === null ? 1 : counts[start + rows - 1]!;
      if (stored > MAX_ROWS && rows > 1) break;
      const cost = rows * length + costFrom[start + rows]!;
      // Of two that cost the same, the one with more rows at once.
      if (cost > least) continue;
      least = cost;
      rowsFrom[start] = rows;
    }
    costFrom[start] = least + batching.runCostTokens;
  }
  return rowsFrom;
}
