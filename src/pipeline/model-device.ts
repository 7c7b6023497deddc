import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
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

/** One that loads its model when it is told to, and can be ended. */
export interface LoadableDevice extends ModelDevice {
  /** @throws JobError when the model cannot be loaded. */
  load(): Promise<LoadedModel>;
  /** Fresh workers that took the place of old ones; left out: none ever do. */
  readonly renewals?: number;
  /** Ends its workers; what is in flight is rejected. */
  close(): void;
}
