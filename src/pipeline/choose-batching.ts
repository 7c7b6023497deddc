import { BudgetSearch, type BudgetSearchOptions, type SearchEnd } from '../batch/budget-search.ts';
import { defaultBatching, searchRange } from '../batch/default-batching.ts';
import type { WindowExamples } from '../batch/gather-batch.ts';
import { rowsThatFit } from '../batch/plan-batches.ts';
import { tensorBounds } from '../batch/tensor-bounds.ts';
import { typicalRows, type TypicalRows } from '../batch/typical-rows.ts';
import { windowChunks } from '../checkpoint/window-chunks.ts';
import type { Batching, JobBatching, TensorBounds } from '../core/batching.ts';
import type { DeviceReport, LoadedModel } from '../core/device-info.ts';
import { toJobError } from '../core/job-error.ts';
import type { JobEvent } from '../core/job-event.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { ModelWidths } from '../core/model-info.ts';
import { budgetOf, rememberBudget, type RememberedBudget } from '../store/catalogue.ts';
import type { IngestState } from '../store/job-schema.ts';
import { findBudget } from './find-budget.ts';
import type { ModelDevice } from './model-device.ts';
import { estimateRows } from './progress-meter.ts';
import { dispositionOf } from './recovery.ts';

/** The share of a job's work that a search may cost, and the longest that it may take. */
const SEARCH_SHARE = 0.02;
const SEARCH_MS = 5000;

/** What a choice depends on beside the rows. */
export type BatchingContext = {
  readonly batchTokens: JobSpec['batchTokens'];
  readonly device: DeviceReport;
  readonly loaded: Pick<LoadedModel, 'weightSha256'>;
  readonly widths: ModelWidths;
  readonly session: Pick<ModelDevice, 'run'>;
  /** How far the input is read. */
  readonly ingest: () => IngestState;
  /** Clock in milliseconds and shares of them. */
  readonly clock: () => number;
  readonly onEvent: (event: JobEvent) => void;
  readonly signal: AbortSignal;
};

/**
 * How to batch a job whose first rows these are: as the user fixed it, as an earlier job found it for the same model and
 * device, as a search on these rows finds it, or, for a job that is too small to pay for one, as suits the kind of device.
 *
 * @param rows rows that the examples stand for
 * @throws what ends every run of the device, and the signal's reason
 */
export async function chooseBatching(
  context: BatchingContext,
  examples: WindowExamples,
  rows: number,
): Promise<JobBatching> {
  const { batchTokens, device, widths } = context;
  const bounds = tensorBounds(device, widths);
  const defaults = { ...defaultBatching(device), bounds };
  if (batchTokens !== 'auto') return { ...defaults, budgetTokens: batchTokens, source: 'fixed', halved: 0 };
  const typical = typicalRows(examples.lengths);
  const options = searchOptions(context, examples, rows, typical, bounds);
  const remembered = await recall(context);
  // Twice the allowance is one more doubling, where the search that is remembered had to stop.
  const asFar = 2 * (remembered?.allowanceTokens ?? Infinity) > options.allowanceTokens;
  if (remembered !== null && asFar) {
    const { budgetTokens, runCostTokens } = remembered;
    tell(
      context,
      `At most ${budgetTokens} tokens a batch, as an earlier job with this model and device found.`,
    );
    return { budgetTokens, runCostTokens, bounds, source: 'remembered', halved: 0 };
  }
  if (!new BudgetSearch(options).affordable) return { ...defaults, source: 'default', halved: 0 };
  return searchBatching(context, options, examples, typical, defaults);
}

/** Keeps it for the next job with this model and device. Only saves time, so a failure here must not stop the job. */
export async function rememberBatching(
  context: BatchingContext,
  { budgetTokens, runCostTokens }: Batching,
  allowanceTokens: number | null,
): Promise<void> {
  try {
    await rememberBudget({ key: budgetKey(context), budgetTokens, runCostTokens, allowanceTokens });
  } catch (thrown) {
    console.warn('the token budget could not be remembered', thrown);
  }
}

async function recall(context: BatchingContext): Promise<RememberedBudget | null> {
  try {
    return await budgetOf(budgetKey(context));
  } catch (thrown) {
    console.warn('no token budget could be recalled', thrown);
    return null;
  }
}

/** For a search over rows of this length, to the measure of what the job has to do. */
function searchOptions(
  { device, ingest, clock }: BatchingContext,
  examples: WindowExamples,
  rows: number,
  { paddedLength }: TypicalRows,
  bounds: TensorBounds,
): BudgetSearchOptions {
  const { startTokens, maxBatchMs } = searchRange(device);
  const tokens = examples.lengths.reduce((sum, length) => sum + length, 0);
  return {
    startTokens: Math.max(startTokens, paddedLength),
    maxBatchMs,
    // The first window is small, so that work begins early: larger batches are for those that come.
    largestTokens:
      paddedLength * rowsThatFit(paddedLength, { budgetTokens: tokens * windowChunks(1).count, bounds }),
    allowanceTokens: (SEARCH_SHARE * tokens * (estimateRows(ingest()) ?? rows)) / rows,
    allowanceMs: SEARCH_MS,
    now: clock,
  };
}

async function searchBatching(
  context: BatchingContext,
  options: BudgetSearchOptions,
  examples: WindowExamples,
  typical: TypicalRows,
  defaults: Batching & { readonly bounds: TensorBounds },
): Promise<JobBatching> {
  const { clock, session, signal } = context;
  const { bounds } = defaults;
  const began = clock();
  const search = new BudgetSearch(options);
  try {
    await findBudget(search, session, examples, { ...typical, bounds }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toJobError(thrown);
    if (dispositionOf(error) === 'stop') throw error;
    tell(
      context,
      `No token budget could be found (${error.message}): at most ${defaults.budgetTokens} tokens a batch.`,
    );
    return { ...defaults, source: 'default', halved: 0 };
  }
  const { budgetTokens, runCostTokens, end, triedTokens } = search.result(defaults);
  const seconds = ((clock() - began) / 1000).toFixed(1);
  const why = reasonOf(end, budgetTokens, triedTokens, options.maxBatchMs);
  tell(context, `At most ${budgetTokens} tokens a batch, found on the first rows in ${seconds} s: ${why}.`);
  const found = { budgetTokens, runCostTokens, bounds };
  const cutShort = end === 'allowance' || end === 'largest';
  await rememberBatching(context, found, cutShort ? options.allowanceTokens : null);
  return { ...found, source: 'found', halved: 0 };
}

function reasonOf(end: SearchEnd, chosen: number, tried: number, maxBatchMs: number): string {
  switch (end) {
    case 'flat':
      return `up to ${tried} were tried, and larger ones are not faster`;
    case 'slow':
      return `a larger batch takes more than ${maxBatchMs} ms`;
    case 'memory':
      return "a larger one does not fit into the device's memory";
    case 'largest':
      return "a larger batch does not fit the job's rows or the device's limits";
    case 'allowance':
      return chosen > tried
        ? `up to ${tried} were tried, more would take too long for this job, and this is usual for such a device`
        : `up to ${tried} were tried, and more would take too long for this job`;
  }
}

function tell({ onEvent }: BatchingContext, message: string): void {
  onEvent({ kind: 'notice', level: 'info', message });
}

/** What a budget depends on: the weights, and what runs them. */
function budgetKey({ device, loaded }: BatchingContext): string {
  const { provider, adapter, threads } = device;
  const gpu =
    provider === 'webgpu' ? [adapter?.vendor, adapter?.architecture, adapter?.description] : [threads];
  const weights = Object.entries(loaded.weightSha256).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([provider, ...gpu, ...weights]);
}
