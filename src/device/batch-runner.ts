import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { ResultOutput } from '../core/result-output.ts';

/** A loaded model on one provider. */
export interface BatchRunner {
  readonly inputNames: readonly string[];
  /** What each row's result is. */
  readonly output: ResultOutput;
  /** Of the model's outputs, the one that is read. */
  readonly outputName: string;
  /**
   * Checks what can be checked without the device.
   * @throws JobError `DEVICE_OUT_OF_MEMORY` for a batch that cannot fit; the runner is as good as before.
   */
  check(input: BatchInput): void;
  /**
   * Rows in the order of the input. Several may be asked for at once and are run in that order.
   * @throws whatever the device failed with; no further run may be asked for then.
   */
  run(input: BatchInput): Promise<BatchRun>;
  /** Gives the session's memory back, after the runs in progress. */
  close(): Promise<void>;
}
