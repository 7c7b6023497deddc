import type { BatchPlan } from '../core/batch.ts';
import type { Batching } from '../core/batching.ts';
import { rowCountsOf, type ExampleRows } from './example-rows.ts';
import type { Repeat } from './find-repeats.ts';
import { MAX_ROWS, planBatches } from './plan-batches.ts';

/**
 * The batches of a window: those that are run first, then those whose results earlier windows have. Pure, as both parts are.
 *
 * @param lengths tokens of each example of the window
 * @param fresh the examples that are run, ascending
 * @param repeats the others
 */
export function planWindow(
  lengths: Uint32Array,
  rows: ExampleRows,
  { fresh, repeats }: { readonly fresh: Uint32Array; readonly repeats: readonly Repeat[] },
  batching: Batching,
): BatchPlan[] {
  const counts = rowCountsOf(rows);
  const run = planBatches(
    Uint32Array.from(fresh, (example) => lengths[example]!),
    batching,
    Uint32Array.from(fresh, (example) => counts[example]!),
  );
  const plans: BatchPlan[] = run.map((plan) => ({
    ...plan,
    examples: plan.examples.map((place) => fresh[place]!),
  }));
  for (const group of inBatches(repeats, counts)) {
    const examples = Uint32Array.from(group, ({ example }) => example);
    const paddedLength = examples.reduce((most, example) => Math.max(most, lengths[example]!), 0);
    const met = group.map(({ window, row }) => ({ window, row }));
    plans.push({ ordinal: plans.length, examples, paddedLength, repeats: met });
  }
  return plans;
}

/** What repeats stand for has to be stored at once. */
function inBatches(repeats: readonly Repeat[], counts: Uint32Array): Repeat[][] {
  const batches: Repeat[][] = [];
  let rows = Infinity;
  for (const repeat of repeats) {
    rows += counts[repeat.example]!;
    if (rows > MAX_ROWS) {
      batches.push([]);
      rows = counts[repeat.example]!;
    }
    batches.at(-1)!.push(repeat);
  }
  return batches;
}
