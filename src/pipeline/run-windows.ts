import { rowsOfExample } from '../batch/example-rows.ts';
import type { BatchPlan } from '../core/batch.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { prefetch } from '../util/prefetch.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { DeviceResult } from './device-result.ts';
import type { OpenWindow } from './open-window.ts';
import type { DeviceRunner } from './device-runner.ts';
import type { EarlierResults } from './earlier-results.ts';
import type { PreparedWindow } from './prepare-windows.ts';
import { repeatBatch } from './repeat-batch.ts';
import type { RunMeter } from './run-meter.ts';

/** Windows that are made and recorded before they are begun. */
const WINDOWS_AHEAD = 2;

export type RunWindowsOptions = {
  readonly windows: AsyncIterable<PreparedWindow>;
  readonly runner: DeviceRunner;
  readonly commits: CommitQueue;
  readonly meter: RunMeter;
  /** Gives the results of batches that repeat earlier rows; left out where there is none such. */
  readonly earlier?: EarlierResults | null;
  /** Batches that may be on the device at once, so that it never waits for the next one. */
  readonly maxInFlight: number;
  /** Called when a window's first batch is about to run. */
  readonly onWindow: (window: PreparedWindow) => Promise<void>;
  /** Called for each batch of more than one row that does not fit into the device's memory. */
  readonly onOutOfMemory: (window: PreparedWindow) => void;
  /** Commits the tokens of each row, too: an answer to a request counts them. */
  readonly countTokens?: boolean;
  /** Gives refused rows their ids, and says what they are in the input. */
  readonly withIds: (
    window: PreparedWindow,
    refused: readonly QuarantineRecord[],
  ) => Promise<readonly QuarantineRecord[]>;
  /** Aborted by a drain: no new batch is started, what is in flight is finished. */
  readonly stop: AbortSignal;
};

/**
 * Keeps the device fed with the batches that are missing, windows in order. Resolves when everything is computed (or
 * finished, after a stop) and handed to the commit queue. @throws what no retry could mend.
 */
export async function runWindows(options: RunWindowsOptions): Promise<void> {
  const { runner, commits, meter, stop } = options;
  const changed = new ChangeSignal();
  let failure: { readonly thrown: unknown } | null = null;

  /** What is on the device, a batch each. */
  const running = new Set<Promise<void>>();
  let repeating = false;
  let begun = 0;

  const start = (prepared: PreparedWindow, window: OpenWindow, plan: BatchPlan) => {
    const ended = compute(prepared, plan)
      .then(async ({ result, tokens, paddedTokens }) => {
        const refused = await options.withIds(prepared, result.refused);
        if (plan.repeats === undefined) options.earlier?.add(prepared.record.ordinal, result);
        const rowTokens = options.countTokens === true ? tokensByRow(prepared, plan, result.rows) : null;
        const counted = rowTokens === null ? {} : { rowTokens };
        const { ordinal } = plan;
        commits.add({ window, ordinal, result: { ...result, refused }, tokens, paddedTokens, ...counted });
      })
      .catch((thrown: unknown) => {
        failure ??= { thrown };
      });
    if (plan.repeats === undefined) {
      running.add(ended);
      meter.batchStarted();
    } else repeating = true;
    void ended.finally(() => {
      if (plan.repeats === undefined) {
        running.delete(ended);
        meter.batchEnded();
      } else repeating = false;
      changed.notify();
    });
  };

  const compute = async (prepared: PreparedWindow, plan: BatchPlan): Promise<Computed> => {
    const { examples: window, rows } = prepared;
    const { examples, paddedLength, repeats } = plan;
    const onOutOfMemory = () => options.onOutOfMemory(prepared);
    const task = { window, rows, examples, paddedLength, onOutOfMemory };
    if (repeats === undefined) {
      const tokens = examples.reduce((sum, example) => sum + window.lengths[example]!, 0);
      const result = await runner.run(task);
      return { result, tokens, paddedTokens: examples.length * paddedLength };
    }
    // All batches of the windows before were started before this one.
    await Promise.all(running);
    if (failure !== null) throw failure.thrown;
    const { result, tokens } = await repeatBatch(task, repeats, options.earlier!, runner);
    return { result, tokens, paddedTokens: tokens };
  };

  try {
    // The next two windows are made and recorded while this one runs: a flush to the disk is not waited for between them.
    const opened = prefetch(
      openEach(options, () => begun),
      WINDOWS_AHEAD,
    );
    for await (const { prepared, opening } of waitingForRows(opened, meter)) {
      if (stop.aborted || failure !== null) break;
      begun++;
      commits.hurry();
      const window = await meter.waiting('commit', opening);
      await options.onWindow(prepared);
      for (const plan of prepared.plans) {
        if (window.done.has(plan.ordinal)) continue;
        await meter.waiting('commit', commits.room());
        const free = () => (plan.repeats === undefined ? running.size < options.maxInFlight : !repeating);
        await changed.until(() => free() || failure !== null);
        if (stop.aborted || failure !== null) break;
        start(prepared, window, plan);
      }
    }
  } catch (thrown) {
    // A drain ends the windows by the signal's reason; what is in flight still counts.
    if (!stop.aborted) failure ??= { thrown };
  }
  await changed.until(() => running.size === 0 && !repeating);
  if (failure !== null) throw failure.thrown;
}

type Computed = {
  readonly result: DeviceResult;
  /** Tokens that were run, before padding and with it. */
  readonly tokens: number;
  readonly paddedTokens: number;
};

/** Tokens of each of these rows, which are some of the batch's. */
function tokensByRow(
  { examples, rows }: PreparedWindow,
  plan: BatchPlan,
  wanted: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const lengths = new Map<number, number>();
  for (const example of plan.examples)
    for (const row of rowsOfExample(rows, example)) lengths.set(row, examples.lengths[example]!);
  return Uint32Array.from(wanted, (row) => lengths.get(row) ?? 0);
}

/** A window, and when its record is stored. */
type Opened = { readonly prepared: PreparedWindow; readonly opening: Promise<OpenWindow> };

/**
 * Has the windows recorded one by one: the one that comes next at once, those behind it with what is committed next. Closing
 * it closes the source.
 *
 * @param begun windows that were begun
 */
async function* openEach(
  { windows, commits, withIds }: RunWindowsOptions,
  begun: () => number,
): AsyncGenerator<Opened, void, undefined> {
  let opened = 0;
  for await (const prepared of windows) {
    const refused = prepared.isNew ? await withIds(prepared, prepared.refused) : [];
    const opening = commits.openWindow(prepared.record, prepared.isNew, refused, prepared);
    // Thrown where it is awaited.
    opening.catch(() => undefined);
    if (++opened - begun() <= 1) commits.hurry();
    yield { prepared, opening };
  }
}

/** The same values; the time until each is there counts as waiting for rows. Closing it closes the source. */
async function* waitingForRows<T>(source: AsyncGenerator<T>, meter: RunMeter): AsyncGenerator<T> {
  try {
    for (;;) {
      const next = await meter.waiting('rows', source.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.return(undefined);
  }
}
