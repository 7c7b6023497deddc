import { rowsOfExample } from '../batch/example-rows.ts';
import { gatherBatch } from '../batch/gather-batch.ts';
import type { BatchOutput } from '../core/batch.ts';
import type { DeviceLoadRequest, DeviceReport } from '../core/device-info.ts';
import type { Dtype } from '../core/dtype.ts';
import { JobError } from '../core/job-error.ts';
import type { DeviceAgreement } from '../core/job-event.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import { compareRow, showRow, type Likeness } from './compare-results.ts';
import type { DeviceRunner } from './device-runner.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { DeviceApi } from './ports.ts';
import type { PreparedWindow } from './prepare-windows.ts';

/**
 * Least cosine of a row's vectors on both providers, which run the same weights; less is another answer. fp32 gives 1 - 1e-6.
 * With 16-bit floats the GPU rounds after every operation where WASM computes in 32 bits, and kernels for 4-bit weights
 * may round the activations too. The scores of labels may differ by as much as such a cosine falls short of 1.
 */
const MIN_COSINE: Readonly<Record<Dtype, number>> = {
  fp32: 0.999,
  fp16: 0.99,
  q4: 0.99,
  q4f16: 0.99,
  q8: 0.99,
};

/** Loading and running on WASM takes seconds; one that takes longer than this is taken for hung. */
const WASM_TIMEOUT_MS = 10 * 60_000;

/**
 * Runs a few real rows, short and long, on the GPU and on WASM, and compares. Wrong shaders and drivers give wrong numbers
 * without a word (huggingface/transformers.js#1331, #1728; microsoft/onnxruntime#26732), so nothing is committed before.
 * The GPU may run other batches meanwhile. The WASM worker is ended whatever comes of it.
 *
 * @param request how the GPU was loaded
 * @throws JobError `DEVICE_DISAGREES` with the row and the first values of both.
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
  const ended = new AbortController();
  const worker = {
    name: 'WASM, which the GPU is compared with,',
    silentMs: WASM_TIMEOUT_MS,
    stop: ended.signal,
  };
  const runOnWasm = async (api: DeviceApi) => {
    const loaded = await api.load({ ...request, provider: 'wasm' });
    return [loaded, await api.run(batch())] as const;
  };
  const [onGpu, [loaded, onWasm]] = await Promise.all([
    runner.runWhole(batch),
    onFreshWorker(spawn, worker, runOnWasm),
  ]).finally(() => ended.abort());
  const { output } = loaded;
  const { dtype } = request.weights;
  let worst: Likeness | null = null;
  for (const [index, example] of examples.entries()) {
    // A row that has no result on either is the row's own trouble, and goes to quarantine.
    if (hasNone(onGpu, index) && hasNone(onWasm, index)) continue;
    const likeness = compareRow(onGpu, onWasm, index, output);
    worst = worst === null || isLess(likeness, worst) ? likeness : worst;
    if (!isAlike(likeness, dtype) || hasNone(onGpu, index) || hasNone(onWasm, index)) {
      const [gpu, wasm] = [onGpu, onWasm].map((batch) => showRow(batch, index, output));
      const row = rowsOfExample(window.rows, example)[0]!;
      throw disagreement(device, dtype, row, likeness, `${gpu} against ${wasm}`);
    }
  }
  const rows = examples.length;
  if (worst?.kind === 'scores') return { rows, worstScoreGap: worst.gap };
  return { rows, worstCosine: worst?.cosine ?? 1 };
}

function hasNone({ notFinite, outOfRange }: BatchOutput, index: number): boolean {
  return notFinite.includes(index) || outOfRange.includes(index);
}

function isLess(a: Likeness, b: Likeness): boolean {
  return a.kind === 'scores'
    ? b.kind === 'scores' && a.gap > b.gap
    : b.kind === 'cosine' && a.cosine < b.cosine;
}

/** False for NaN, too. */
function isAlike(likeness: Likeness, dtype: Dtype): boolean {
  return likeness.kind === 'scores' ? likeness.gap <= maxGap(dtype) : likeness.cosine >= MIN_COSINE[dtype];
}

/** Without the last digits of the subtraction. */
function maxGap(dtype: Dtype): number {
  return Number((1 - MIN_COSINE[dtype]).toPrecision(6));
}

/** The shortest, the longest and two from between, each once. */
function pickExamples(window: PreparedWindow): Uint32Array {
  const order = window.plans.flatMap((plan) => [...plan.examples]);
  const last = order.length - 1;
  const places = new Set([0, Math.floor(last / 3), Math.floor((2 * last) / 3), last]);
  return Uint32Array.from(places, (place) => order[place]!);
}

function disagreement(
  device: DeviceReport,
  dtype: Dtype,
  row: number,
  likeness: Likeness,
  values: string,
): JobError {
  const how =
    likeness.kind === 'scores'
      ? `scores differ by ${likeness.gap.toPrecision(3)}, more than ${maxGap(dtype)}`
      : `cosine ${likeness.cosine.toPrecision(6)}, less than ${MIN_COSINE[dtype]}`;
  const message = `${device.label} and WASM disagree on row ${row}: ${how} (${dtype}): ${values}. Nothing was written.`;
  const measure = likeness.kind === 'scores' ? { scoreGap: likeness.gap } : { cosine: likeness.cosine };
  return new JobError('DEVICE_DISAGREES', message, {
    hint: `The GPU, its driver or the model gives wrong numbers here: use ${dtype === 'fp32' ? '' : '--dtype fp32 or '}--device wasm, or update the driver and the browser.`,
    details: { row, ...measure, dtype },
  });
}
