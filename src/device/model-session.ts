import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { BatchInput } from '../core/batch.ts';
import type { DeviceLoadRequest } from '../core/device-info.ts';
import { FeedBuilder } from './feed-builder.ts';
import type { Runtime } from './load-runtime.ts';
import { modelInputs } from './model-inputs.ts';
import { modelLoadError } from './model-load-error.ts';
import { chooseOutput, readModelOutput, type ModelOutput } from './model-output.ts';
import type { WeightBytes } from './read-weights.ts';

/** One short batch, long enough to meet the kernels that real ones use. */
const warmUpRows = 2;
const warmUpLength = 16;

/** An ONNX Runtime session that takes batches of tokens. Create, run and release under the `runtimeMutex`. */
export class ModelSession {
  readonly inputNames: readonly string[];
  readonly output: ModelOutput;
  readonly #session: InferenceSession;
  readonly #feeds: FeedBuilder;

  private constructor(session: InferenceSession, feeds: FeedBuilder, output: ModelOutput) {
    this.inputNames = session.inputNames;
    this.output = output;
    this.#session = session;
    this.#feeds = feeds;
  }

  /**
   * Loads the model and runs it once, which compiles its kernels and shows the dims of its output.
   * @throws JobError `MODEL_INVALID`, `MODEL_UNSUPPORTED`, `MODEL_FILE_MISSING`, `DEVICE_UNAVAILABLE` or
   * `DEVICE_OUT_OF_MEMORY`; or what ONNX Runtime throws when the first run fails.
   */
  static async create(
    runtime: Runtime,
    weights: WeightBytes,
    request: DeviceLoadRequest,
    options: InferenceSession.SessionOptions,
  ): Promise<ModelSession> {
    const session = await runtime.InferenceSession.create(weights.onnx, {
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      externalData: weights.externalData,
      ...options,
    }).catch((thrown: unknown) => {
      throw modelLoadError(thrown, request.weights, weights.onnx.byteLength);
    });
    try {
      const feeds = new FeedBuilder(runtime, modelInputs(session.inputMetadata), request.padTokenId);
      const name = chooseOutput(session.outputMetadata, request.finish);
      const tensor = await runOne(session, feeds, warmUpBatch(request.padTokenId), name);
      const shape = { rows: warmUpRows, paddedLength: warmUpLength, finish: request.finish };
      try {
        return new ModelSession(session, feeds, readModelOutput(name, tensor, shape));
      } finally {
        tensor.dispose();
      }
    } catch (thrown) {
      await session.release().catch(() => undefined);
      throw thrown;
    }
  }

  /** The output of a batch, `[rows, width]` or `[rows, paddedLength, width]`; the caller disposes it. */
  async run(batch: BatchInput): Promise<Tensor> {
    return runOne(this.#session, this.#feeds, batch, this.output.name);
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** A batch of filler tokens for the first run. */
export function warmUpBatch(padTokenId: number): BatchInput {
  return {
    tokenIds: new Int32Array(warmUpRows * warmUpLength).fill(padTokenId),
    lengths: new Uint32Array(warmUpRows).fill(warmUpLength),
    paddedLength: warmUpLength,
  };
}

async function runOne(
  session: InferenceSession,
  feeds: FeedBuilder,
  batch: BatchInput,
  name: string,
): Promise<Tensor> {
  const outputs = await session.run(feeds.build(batch), [name]);
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`ONNX Runtime returned no output ${name}`);
  return tensor;
}
