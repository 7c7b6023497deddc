import { rowsOfExample } from '../batch/example-rows.ts';
import { gatherBatch } from '../batch/gather-batch.ts';
import type { BatchOutput } from '../core/batch.ts';
import type { DeviceLoadRequest, DeviceReport } from '../core/device-info.ts';
import { JobError } from '../core/job-error.ts';
import type { DeviceAgreement } from '../core/job-event.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import type { DeviceRunner } from './device-runner.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { DeviceApi } from './ports.ts';
import type { PreparedWindow } from './prepare-windows.ts';

/** Least cosine of a row's vectors on both providers. fp32 gives 1 - 1e-6; less than this is another answer. */
const MIN_COSINE = 0.999;

/** Loading and running on WASM takes seconds; one that takes longer than this is taken for hung. */
const WASM_TIMEOUT_MS = 10 * 60_000;

/**
 * Runs a few real rows, short and long, on the GPU and on WASM, and compares. Wrong shaders and drivers give wrong numbers
 * without a word (huggingface/transformers.js#1331, #1728; microsoft/onnxruntime#26732), so nothing is committed before.
 * The GPU may run other batches meanwhile. The WASM worker is ended whatever comes of it.
 *
 * @param request how the GPU was loaded
 * @throws JobError `DEVICE_DISAGREES` with the row and both vectors' first values.
 */
export async function compareWithWasm(
  spawn: WorkerSpawner<DeviceApi>,
  runner: Pick<DeviceRunner, 'runWhole'>,
  request: DeviceLoadRequest,
  device: DeviceReport,
  window: PreparedWindow,
): Promise<DeviceAgreement> {
  const examples = pickExamples(window);
  const paddedLength = Math.max(...Array.from(examples, (example) => window.examples.lengths[example]!));
  const batch = () => gatherBatch(window.examples, examples, paddedLength);
  const worker = { name: 'WASM, which the GPU is compared with,', silentMs: WASM_TIMEOUT_MS };
  const runOnWasm = async (api: DeviceApi): Promise<BatchOutput> => {
    await api.load({ ...request, provider: 'wasm' });
    return api.run(batch());
  };
  const [onGpu, onWasm] = await Promise.all([
    runner.runWhole(batch),
    onFreshWorker(spawn, worker, runOnWasm),
  ]);
  let worstCosine = 1;
  for (const [index, example] of examples.entries()) {
    // A row that has no finite vector on either is the row's own trouble, and goes to quarantine.
    if (onGpu.notFinite.includes(index) && onWasm.notFinite.includes(index)) continue;
    const gpu = rowOf(onGpu, index);
    const wasm = rowOf(onWasm, index);
    const cosine = cosineOf(gpu, wasm);
    worstCosine = Math.min(worstCosine, cosine);
    if (!(cosine >= MIN_COSINE))
      throw disagreement(device, rowsOfExample(window.rows, example)[0]!, cosine, gpu, wasm);
  }
  return { rows: examples.length, worstCosine };
}

/** The shortest, the longest and two from between, each once. */
function pickExamples(window: PreparedWindow): Uint32Array {
  const order = window.plans.flatMap((plan) => [...plan.examples]);
  const last = order.length - 1;
  const places = new Set([0, Math.floor(last / 3), Math.floor((2 * last) / 3), last]);
  return Uint32Array.from(places, (place) => order[place]!);
}

function rowOf({ values, dims }: BatchOutput, index: number): Float32Array {
  return values.subarray(index * dims, (index + 1) * dims);
}

/** 1 for two zero vectors (a text of unknown words), NaN when a value is not finite. */
function cosineOf(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  if (aa === 0 && bb === 0) return 1;
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

function disagreement(
  device: DeviceReport,
  row: number,
  cosine: number,
  gpu: Float32Array,
  wasm: Float32Array,
): JobError {
  const show = (vector: Float32Array) =>
    `[${Array.from(vector.subarray(0, 4), (value) => value.toPrecision(4)).join(', ')}, …]`;
  const message = `${device.label} and WASM disagree on row ${row}: cosine ${cosine.toPrecision(6)}, ${show(gpu)} against ${show(wasm)}. Nothing was written.`;
  return new JobError('DEVICE_DISAGREES', message, {
    hint: 'The GPU, its driver or the model gives wrong numbers here: use --device wasm, or update the driver and the browser.',
    details: { row, cosine },
  });
}
