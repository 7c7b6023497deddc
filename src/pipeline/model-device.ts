import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest } from '../core/device-info.ts';
import type { ResultOutput } from '../core/result-output.ts';

/** A loaded model that takes batches: one worker, or several side by side. */
export interface ModelDevice {
  /** How each worker loads the model. */
  readonly request: DeviceLoadRequest;
  /** What each row's result is, once loaded. */
  readonly output: ResultOutput;
  /** Runs a batch; several may be in flight. @throws JobError; others in flight may fail with it. */
  run(input: BatchInput): Promise<BatchRun>;
}
