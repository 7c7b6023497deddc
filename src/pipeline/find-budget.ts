import type { BudgetSearch } from '../batch/budget-search.ts';
import { gatherBatch, type WindowExamples } from '../batch/gather-batch.ts';
import { rowsThatFit } from '../batch/plan-batches.ts';
import { takeRows, type TypicalRows } from '../batch/typical-rows.ts';
import type { TensorBounds } from '../core/batching.ts';
import { toJobError } from '../core/job-error.ts';
import type { ModelDevice } from './model-device.ts';
import { dispositionOf } from './recovery.ts';

/**
 * Drives a search: real rows of the window, a batch at a time with nothing else on the device, so that a run's time, which
 * ends when its rows are read back, is the batch's own. Short of memory the search ends.
 *
 * @throws what a run throws else, and the signal's reason between two runs
 */
export async function findBudget(
  search: BudgetSearch,
  session: Pick<ModelDevice, 'run'>,
  examples: WindowExamples,
  rows: TypicalRows & { readonly bounds: TensorBounds },
  signal: AbortSignal,
): Promise<void> {
  const { paddedLength, bounds } = rows;
  for (let budget = search.budgetTokens; budget !== null; budget = search.budgetTokens) {
    signal.throwIfAborted();
    const taken = takeRows(rows, rowsThatFit(paddedLength, { budgetTokens: budget, bounds }));
    const batch = gatherBatch(examples, taken, paddedLength);
    search.begin();
    try {
      await session.run(batch);
    } catch (thrown) {
      if (dispositionOf(toJobError(thrown)) !== 'halve') throw thrown;
      search.outOfMemory();
      continue;
    }
    search.finish(taken.length * paddedLength);
  }
}
