import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest } from '../core/device-info.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { BatchRunner } from './batch-runner.ts';
import { checkBatchFits } from './check-batch.ts';
import { lostError, reasonOf } from './device-error.ts';
import { planFinish, type FinishPlan } from './finish-plan.ts';
import { openErrorScopes, withErrorScopes } from './gpu-error-scopes.ts';
import { GpuFinisher } from './gpu-finisher.ts';
import { loadRuntime, runtimeMutex } from './load-runtime.ts';
import { ModelSession } from './model-session.ts';
import { ReadbackRing } from './readback-ring.ts';
import type { ReadbackSlot } from './readback-slot.ts';
import type { WeightBytes } from './read-weights.ts';
import { warmUpBatch } from './warm-up-batch.ts';
import { preciseNow } from '../util/precise-now.ts';
import { GpuBufferMeter, heapBytes } from './watch-memory.ts';
import { sleep } from '../util/sleep.ts';

const lossGraceMs = 200;

type Parts = {
  readonly device: GPUDevice;
  readonly session: ModelSession;
  readonly plan: FinishPlan;
  readonly finisher: GpuFinisher;
  readonly ring: ReadbackRing;
  readonly buffers: GpuBufferMeter;
};

type SubmittedBatch = { readonly errors: Promise<GPUError | null>; readonly rows: Promise<BatchRun> };

/**
 * Runs on a GPU device, and finishes the rows there on the same queue. A run is submitted while those before it still compute: only
 * the encoding is one after the other.
 */
export class WebGpuRunner implements BatchRunner {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @param device stays the caller's, who destroys it after `close` */
  static async create(
    device: GPUDevice,
    request: DeviceLoadRequest,
    weights: WeightBytes,
  ): Promise<WebGpuRunner> {
    const runtime = await loadRuntime(1);
    const buffers = new GpuBufferMeter(device);
    const session = await runtimeMutex.run(() =>
      withErrorScopes(device, () =>
        ModelSession.create(runtime, weights, request, {
          // As an object: the string form passes no options on (onnxruntime-web lib/wasm/session-options.ts).
          executionProviders: [{ name: 'webgpu', device, validationMode: 'disabled' }],
          preferredOutputLocation: 'gpu-buffer',
        }),
      ),
    );
    const plan = planFinish(request.finish, session.output);
    const finisher = await GpuFinisher.create(device, session.output, plan);
    const ring = new ReadbackRing(device);
    const runner = new WebGpuRunner({ device, session, plan, finisher, ring, buffers });
    await runner.run(warmUpBatch(request));
    return runner;
  }

  get output(): ResultOutput {
    return this.#parts.plan.output;
  }

  get outputName(): string {
    return this.#parts.session.output.name;
  }

  get inputNames(): readonly string[] {
    return this.#parts.session.inputNames;
  }

  check(input: BatchInput): void {
    const { dims, pooling } = this.#parts.session.output;
    // An output of rows says nothing about the width inside the model.
    checkBatchFits(
      this.#parts.session.outputShape(input),
      pooling === 'none' ? 0 : dims,
      this.#parts.device.limits,
    );
  }

  async run(input: BatchInput): Promise<BatchRun> {
    const { ring } = this.#parts;
    const slot = await ring.take();
    try {
      const { errors, rows } = await runtimeMutex.run(() => this.#submit(input, slot));
      const [seen, read] = await Promise.allSettled([errors, rows]);
      if (seen.status === 'fulfilled' && seen.value !== null) throw seen.value;
      // With no error of ours, mapping fails only because the device is gone.
      if (read.status === 'rejected') {
        const info = await Promise.race([this.#parts.device.lost, sleep(lossGraceMs)]);
        throw lostError(reasonOf(read.reason), read.reason, info?.reason);
      }
      return read.value;
    } finally {
      ring.giveBack(slot);
    }
  }

  async close(): Promise<void> {
    await runtimeMutex.run(() => this.#parts.session.release());
    this.#parts.ring.destroy();
  }

  /**
   * Encodes and submits a batch, and returns before the GPU has run it. ONNX Runtime's own validation is off, as it waits
   * for the GPU process in every run; these scopes see the same errors and are asked when the rows arrive.
   */
  async #submit(input: BatchInput, slot: ReadbackSlot): Promise<SubmittedBatch> {
    const { device, session, finisher, buffers } = this.#parts;
    const { lengths, paddedLength } = session.outputShape(input);
    const closeScopes = openErrorScopes(device);
    const start = preciseNow();
    try {
      slot.timer?.begin();
      const tensor = await session.run(input);
      try {
        finisher.submit({ buffer: tensor.gpuBuffer, lengths, paddedLength }, slot);
      } finally {
        // Safe before the GPU is done: the buffer is used again only by what comes later on the queue.
        tensor.dispose();
      }
    } catch (thrown) {
      const error = await closeScopes();
      // The loss of a device is told a moment after the first call that failed by it, and then ends every run.
      await Promise.race([device.lost, sleep(lossGraceMs)]);
      throw error ?? thrown;
    }
    const { layout } = finisher;
    const rows = slot.read(lengths.length, layout).then(({ gpu, ...output }) => {
      const readBytes = lengths.length * layout.strideBytes + lengths.byteLength;
      const memory = { heapBytes: heapBytes(), gpuBytes: buffers.bytes };
      return { ...output, cost: { readBytes, run: [start, preciseNow()] as const, gpu, memory } };
    });
    return { errors: closeScopes(), rows };
  }
}
