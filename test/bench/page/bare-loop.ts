import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { BatchInput, BatchOutput } from '../../../src/core/batch.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import { planFinish } from '../../../src/device/finish-plan.ts';
import { GpuFinisher } from '../../../src/device/gpu-finisher.ts';
import { loadRuntime, type Runtime } from '../../../src/device/load-runtime.ts';
import { openGpu } from '../../../src/device/open-gpu.ts';
import { poolRows } from '../../../src/device/pool-rows.ts';
import { ReadbackRing } from '../../../src/device/readback-ring.ts';
import { openByteRange } from '../../../src/util/byte-range/open-byte-range.ts';
import type { ContenderSetup } from './contender.ts';

/** Runs every batch once. Resolves with the sum of all values. */
export type BareLoop = () => Promise<number>;

const OUTPUT = 'last_hidden_state';

/**
 * The bound: nothing but `session.run` on tensors that are made beforehand, and its pooled rows read back. On the GPU
 * three are in flight, pooled there.
 */
export async function openBareLoop(
  setup: ContenderSetup,
  model: ModelInfo,
  batches: readonly BatchInput[],
): Promise<BareLoop> {
  const webgpu = setup.device.provider === 'webgpu';
  const runtime = await loadRuntime(webgpu ? 1 : setup.device.threads);
  const device = webgpu ? await openGpu() : null;
  const range = openByteRange(model.weights.onnx);
  const session = await runtime.InferenceSession.create(await range.slice(0, range.byteLength), {
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    executionProviders: device === null ? ['wasm'] : [{ name: 'webgpu', device, validationMode: 'disabled' }],
    ...(device === null ? {} : { preferredOutputLocation: 'gpu-buffer' }),
  });
  const feeds = batches.map((batch) => feedsOf(runtime, session, batch, model.padTokenId));
  const name = session.outputNames.includes(OUTPUT) ? OUTPUT : session.outputNames[0]!;
  const run = async (index: number): Promise<Tensor> => (await session.run(feeds[index]!, [name]))[name]!;
  // The first run compiles kernels.
  const first = await run(batches.length - 1);
  const [, second = 0, third] = first.dims;
  first.dispose();
  const output = {
    name,
    type: first.type === 'float16' ? ('float16' as const) : ('float32' as const),
    dims: third ?? second,
    pooling: third === undefined ? ('none' as const) : model.pooling,
  };
  const { normalize } = model;
  const plan = planFinish(
    { kind: 'vector', pooling: model.pooling, normalize, dimensions: null, element: 'float32' },
    output,
  );
  const { steps } = plan;
  if (steps.kind !== 'vector') throw new TypeError('the bare loop makes vectors');
  if (device === null) {
    return async () => {
      let sum = 0;
      for (const [index, { lengths }] of batches.entries()) {
        const tensor = await run(index);
        sum += sumOf(poolRows(tensor.data as Float32Array, lengths, steps));
        tensor.dispose();
      }
      return sum;
    };
  }
  const finisher = await GpuFinisher.create(device, output, plan);
  const ring = new ReadbackRing(device);
  return async () => {
    const sums: Promise<number>[] = [];
    for (const [index, { lengths, paddedLength }] of batches.entries()) {
      const slot = await ring.take();
      const tensor = await run(index);
      finisher.submit({ buffer: tensor.gpuBuffer, lengths, paddedLength }, slot);
      tensor.dispose();
      const read = slot.read(lengths.length, finisher.layout).then(sumOf);
      sums.push(read.finally(() => ring.giveBack(slot)));
    }
    return (await Promise.all(sums)).reduce((total, sum) => total + sum, 0);
  };
}

function feedsOf(
  runtime: Runtime,
  session: InferenceSession,
  { tokenIds, lengths, paddedLength }: BatchInput,
  padTokenId: number,
): Record<string, Tensor> {
  const cells = lengths.length * paddedLength;
  const ids = new BigInt64Array(cells).fill(BigInt(padTokenId));
  const mask = new BigInt64Array(cells);
  let from = 0;
  for (const [row, length] of lengths.entries()) {
    for (let i = 0; i < length; i++, from++) {
      ids[row * paddedLength + i] = BigInt(tokenIds[from]!);
      mask[row * paddedLength + i] = 1n;
    }
  }
  const dims = [lengths.length, paddedLength];
  const values = { input_ids: ids, attention_mask: mask, token_type_ids: new BigInt64Array(cells) };
  return Object.fromEntries(
    session.inputNames.map((name) => [
      name,
      new runtime.Tensor('int64', values[name as keyof typeof values], dims),
    ]),
  );
}

function sumOf({ values }: BatchOutput): number {
  return new Float32Array(values.buffer).reduce((total, value) => total + value, 0);
}
