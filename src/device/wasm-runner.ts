import type { Tensor } from 'onnxruntime-web';
import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest } from '../core/device-info.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { BatchRunner } from './batch-runner.ts';
import { planFinish, type FinishPlan } from './finish-plan.ts';
import { decodeFloat16 } from './float16.ts';
import { loadRuntime, runtimeMutex } from './load-runtime.ts';
import { ModelSession } from './model-session.ts';
import { poolRows } from './pool-rows.ts';
import { heapBytes } from './watch-memory.ts';
import type { WeightBytes } from './read-weights.ts';
import { topLabels } from './top-labels.ts';
import { preciseNow } from '../util/precise-now.ts';

/** Runs on the CPU. A run blocks this worker until it is done. */
export class WasmRunner implements BatchRunner {
  readonly #session: ModelSession;
  readonly #plan: FinishPlan;

  private constructor(session: ModelSession, plan: FinishPlan) {
    this.#session = session;
    this.#plan = plan;
  }

  static async create(request: DeviceLoadRequest, weights: WeightBytes): Promise<WasmRunner> {
    const runtime = await loadRuntime(request.threads);
    const options = { executionProviders: ['wasm'] };
    const session = await runtimeMutex.run(() => ModelSession.create(runtime, weights, request, options));
    return new WasmRunner(session, planFinish(request.finish, session.output));
  }

  get output(): ResultOutput {
    return this.#plan.output;
  }

  get outputName(): string {
    return this.#session.output.name;
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  check(): void {}

  async run(input: BatchInput): Promise<BatchRun> {
    let start = 0;
    const tensor = await runtimeMutex.run(async () => {
      start = preciseNow();
      return this.#session.run(input);
    });
    try {
      const { steps } = this.#plan;
      const values = floatsOf(tensor);
      const { lengths } = this.#session.outputShape(input);
      const output =
        steps.kind === 'vector' ? poolRows(values, lengths, steps) : topLabels(values, lengths.length, steps);
      const run = [start, preciseNow()] as const;
      return {
        ...output,
        cost: {
          readBytes: values.byteLength,
          run,
          gpu: null,
          memory: { heapBytes: heapBytes(), gpuBytes: 0 },
        },
      };
    } finally {
      tensor.dispose();
    }
  }

  async close(): Promise<void> {
    await runtimeMutex.run(() => this.#session.release());
  }
}

/** The tensor's values. Half floats come in a `Uint16Array`, or in a `Float16Array` where the browser has that. */
function floatsOf({ data, type }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === 'float16' && ArrayBuffer.isView(data)) {
    return decodeFloat16(new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2));
  }
  throw new TypeError(`expected float32 or float16 values, got ${type}`);
}
