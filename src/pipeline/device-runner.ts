import { gatherBatch } from '../batch/gather-batch.ts';
import type { BatchCost, BatchInput, BatchRun } from '../core/batch.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import { Mutex } from '../util/mutex.ts';
import {
  joinDeviceResults,
  refusedExample,
  toDeviceResult,
  type DeviceResult,
  type DeviceTask,
} from './device-result.ts';
import type { ModelDevice } from './model-device.ts';
import { dispositionOf } from './recovery.ts';

/** So many rows failing one after the other, with none in between that worked, are not the rows' fault. */
const MAX_CONSECUTIVE_FAILURES = 8;

/**
 * Runs batches and finds out whose fault a failure is: what was in flight is run again alone, and a batch that fails
 * again is halved until the row is found that fails by itself. That one is refused; the rest goes on.
 */
export class DeviceRunner {
  readonly #device: ModelDevice;
  readonly #onRun: (examples: number, cost: BatchCost) => void;
  /** Held while batches are run alone: nobody else may run meanwhile. */
  readonly #alone = new Mutex();
  #consecutiveFailures = 0;

  /** @param onRun called with the examples of each batch that came back, and what they took */
  constructor(device: ModelDevice, onRun: (examples: number, cost: BatchCost) => void = () => undefined) {
    this.#device = device;
    this.#onRun = onRun;
  }

  /** Runs the rows. Several calls may be in flight. @throws JobError when it is not the rows' fault. */
  async run(task: DeviceTask): Promise<DeviceResult> {
    while (this.#alone.busy) await this.#alone.idle();
    try {
      return await this.#tryRun(task);
    } catch (thrown) {
      const error = recoverable(thrown);
      // Short of memory, the same batch would fail again.
      const halve = dispositionOf(error) === 'halve' && task.examples.length > 1;
      return this.#alone.run(() => (halve ? this.#halve(task, 1) : this.#isolate(task, 1)));
    }
  }

  /**
   * Runs one batch whole, beside the others; if it fails, once more alone, as the failure may have been another's.
   * @param batch makes it, as the device keeps what it is given
   */
  async runWhole(batch: () => BatchInput): Promise<BatchRun> {
    while (this.#alone.busy) await this.#alone.idle();
    try {
      return await this.#device.run(batch());
    } catch (thrown) {
      recoverable(thrown);
      return this.#alone.run(() => this.#device.run(batch()));
    }
  }

  /** Runs rows that failed before, with nothing else in flight; halves them when they fail again. */
  async #isolate(task: DeviceTask, attemptsBefore: number): Promise<DeviceResult> {
    try {
      return await this.#tryRun(task);
    } catch (thrown) {
      const error = recoverable(thrown);
      const attempts = attemptsBefore + 1;
      if (task.examples.length > 1) return this.#halve(task, attempts);
      if (++this.#consecutiveFailures >= MAX_CONSECUTIVE_FAILURES) throw notTheRows(error);
      return refusedExample(task, error, attempts);
    }
  }

  async #halve(task: DeviceTask, attempts: number): Promise<DeviceResult> {
    const half = Math.ceil(task.examples.length / 2);
    const first = await this.#isolate({ ...task, examples: task.examples.slice(0, half) }, attempts);
    const second = await this.#isolate({ ...task, examples: task.examples.slice(half) }, attempts);
    return joinDeviceResults(first, second);
  }

  async #tryRun(task: DeviceTask): Promise<DeviceResult> {
    let output: BatchRun;
    try {
      output = await this.#device.run(gatherBatch(task.window, task.examples, task.paddedLength));
    } catch (thrown) {
      if (task.examples.length > 1 && dispositionOf(toJobError(thrown)) === 'halve') task.onOutOfMemory?.();
      throw thrown;
    }
    this.#onRun(task.examples.length, output.cost);
    const result = toDeviceResult(task, output, this.#device.output);
    this.#consecutiveFailures = 0;
    return result;
  }
}

function recoverable(thrown: unknown): JobError {
  const error = toJobError(thrown);
  if (dispositionOf(error) === 'stop') throw error;
  return error;
}

function notTheRows(error: JobError): JobError {
  const message = `${MAX_CONSECUTIVE_FAILURES} rows in a row failed by themselves, so it is not the rows: ${error.message}`;
  return new JobError(error.code, message, {
    hint: error.hint ?? 'Run `millrace doctor`, or try the other device.',
    cause: error,
  });
}
