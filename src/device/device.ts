import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import { JobError } from '../core/job-error.ts';
import type { BatchRunner } from './batch-runner.ts';
import { checkBatch } from './check-batch.ts';
import { lostError, refusedError, runError } from './device-error.ts';
import { checkFirstRun, firstRunError } from './first-run.ts';
import { modelLoadError } from './model-load-error.ts';
import { openGpu } from './open-gpu.ts';
import { readWeights } from './read-weights.ts';
import { RunsInFlight } from './runs-in-flight.ts';
import { WasmRunner } from './wasm-runner.ts';
import { WebGpuRunner } from './webgpu-runner.ts';

/**
 * The model on its device: one a worker, loaded once. ONNX Runtime Web cannot be trusted after a failure (the next run may
 * hang the worker, or give garbage), so after the first failed load, failed run or lost GPU every call is refused with
 * `DEVICE_LOST` and the worker is to be terminated. A worker that hangs is for the caller's watchdog.
 */
export class Device {
  readonly #runs = new RunsInFlight();
  #gpu: GPUDevice | null = null;
  #runner: BatchRunner | null = null;
  #loading = false;
  #closed = false;

  /**
   * Reads, hashes and loads the weights, and runs a few tokens to compile the kernels.
   * @throws JobError `MODEL_INVALID`, `MODEL_UNSUPPORTED`, `MODEL_FILE_MISSING`, `DEVICE_UNAVAILABLE`,
   * `DEVICE_OUT_OF_MEMORY`, `DEVICE_LOST` or `DEVICE_RUN_FAILED`; `SPEC_INVALID` for a finish that the model cannot give.
   */
  async load(request: DeviceLoadRequest): Promise<LoadedModel> {
    if (this.#loading) throw new TypeError('a Device loads one model: start another worker');
    this.#loading = true;
    return this.#runs.track(() => this.#load(request));
  }

  /**
   * One result a row, in the order of the input. Keep two or three runs in flight: each is encoded while the GPU works on
   * those before it.
   * @throws RangeError for a malformed batch; JobError `DEVICE_OUT_OF_MEMORY`, `DEVICE_LOST` or `DEVICE_RUN_FAILED`.
   */
  async run(input: BatchInput): Promise<BatchRun> {
    const runner = this.#runner;
    if (runner === null) throw refusal(this.#runs.failure);
    checkBatch(input);
    runner.check(input);
    return this.#runs.track(() => runner.run(input));
  }

  /** Ends the runs in flight with `ABORTED` and gives all memory but ONNX Runtime's own back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const failed = this.#runs.failure !== null;
    this.#runs.failAll(new JobError('ABORTED', 'The device was closed.'));
    // Releasing a session that has failed may hang.
    if (!failed) await this.#runner?.close();
    this.#gpu?.destroy();
  }

  async #load(request: DeviceLoadRequest): Promise<LoadedModel> {
    const weights = await readWeights(request.weights);
    let runner: BatchRunner;
    try {
      runner =
        request.provider === 'webgpu'
          ? await WebGpuRunner.create(await this.#openGpu(), request, weights)
          : await WasmRunner.create(request, weights);
      await checkFirstRun(runner, request, request.weights);
    } catch (thrown) {
      throw thrown instanceof GPUError
        ? modelLoadError(thrown, request.weights, weights.onnx.byteLength)
        : firstRunError(thrown, request.provider, request.weights);
    }
    this.#runner = runner;
    return {
      output: runner.output,
      inputNames: runner.inputNames,
      outputName: runner.outputName,
      weightSha256: weights.sha256,
    };
  }

  async #openGpu(): Promise<GPUDevice> {
    const device = await openGpu();
    this.#gpu = device;
    void device.lost.then(({ message, reason }) => {
      if (!this.#closed) this.#runs.failAll(lostError(message || reason, undefined, reason));
    });
    // What no scope saw: its place is not known, so no run can be trusted.
    device.addEventListener('uncapturederror', (event) => this.#runs.failAll(runError(event.error)));
    return device;
  }
}

function refusal(failure: JobError | null): Error {
  return failure === null ? new TypeError('load a model before the first run') : refusedError(failure);
}
