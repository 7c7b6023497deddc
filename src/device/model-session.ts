import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { BatchInput } from '../core/batch.ts';
import type { DeviceLoadRequest } from '../core/device-info.ts';
import { FeedBuilder, type Feeds } from './feed-builder.ts';
import type { Runtime } from './load-runtime.ts';
import { modelInputs, pixelInput } from './model-inputs.ts';
import { modelLoadError } from './model-load-error.ts';
import { chooseOutput, readModelOutput, type ModelOutput } from './model-output.ts';
import { PixelFeeds } from './pixel-feeds.ts';
import type { WeightBytes } from './read-weights.ts';
import { warmUpBatch } from './warm-up-batch.ts';

/** An ONNX Runtime session that takes batches of tokens or pictures. Create, run and release under the `runtimeMutex`. */
export class ModelSession {
  readonly inputNames: readonly string[];
  readonly output: ModelOutput;
  readonly #session: InferenceSession;
  readonly #feeds: Feeds;

  private constructor(session: InferenceSession, feeds: Feeds, output: ModelOutput) {
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
      const { finish } = request;
      const ofImages = request.image !== undefined;
      const feeds = feedsFor(runtime, session, request);
      const name = chooseOutput(session.outputMetadata, finish, ofImages);
      const batch = warmUpBatch(request);
      const tensor = await runOne(session, feeds, batch, name);
      const shape = { rows: batch.lengths.length, paddedLength: batch.paddedLength, finish, ofImages };
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

  /** Vectors of each row in the output of a batch before pooling, and what they are padded to. */
  outputShape({ lengths, paddedLength }: BatchInput): Pick<BatchInput, 'lengths' | 'paddedLength'> {
    const { tokens } = this.output;
    if (tokens === undefined) return { lengths, paddedLength };
    return { lengths: new Uint32Array(lengths.length).fill(tokens), paddedLength: tokens };
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function feedsFor(runtime: Runtime, session: InferenceSession, request: DeviceLoadRequest): Feeds {
  const { image, padTokenId } = request;
  return image === undefined
    ? new FeedBuilder(runtime, modelInputs(session.inputMetadata), padTokenId)
    : new PixelFeeds(runtime, pixelInput(session.inputMetadata, image), image);
}

async function runOne(
  session: InferenceSession,
  feeds: Feeds,
  batch: BatchInput,
  name: string,
): Promise<Tensor> {
  const outputs = await session.run(feeds.build(batch), [name]);
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`ONNX Runtime returned no output ${name}`);
  return tensor;
}
