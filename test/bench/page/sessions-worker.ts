import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { loadRuntime, type Runtime } from '../../../src/device/load-runtime.ts';
import { openGpu } from '../../../src/device/open-gpu.ts';
import { GpuBufferMeter, heapBytes } from '../../../src/device/watch-memory.ts';
import { serveCalls } from './serve-calls.ts';

export type SessionTrial = {
  /** As the product makes it, with fixed dims, or with fixed dims and its commands recorded once. */
  readonly kind: 'dynamic' | 'static' | 'captured';
  readonly rows: number;
  readonly length: number;
  readonly runs: number;
};

/** What a session of that kind took. Calls are of one warm run, times are medians of all warm ones. */
export type SessionFigures = {
  readonly createMs: number;
  readonly firstRunMs: number;
  /** Until `run` returned: the worker encodes, the GPU has hardly begun. */
  readonly encodeMs: number;
  /** Until the GPU was done. */
  readonly wholeMs: number;
  readonly calls: Readonly<Record<string, number>>;
  /** What this session added. */
  readonly gpuBytes: number;
  readonly heapBytes: number;
  /** Of the output's bytes. */
  readonly sha256: string;
};

const COUNTED: readonly (readonly [new () => unknown, readonly string[]])[] = [
  [GPUComputePassEncoder, ['dispatchWorkgroups']],
  [GPUCommandEncoder, ['beginComputePass', 'clearBuffer']],
  [GPUQueue, ['submit', 'writeBuffer']],
  [GPUDevice, ['createBuffer', 'createBindGroup']],
];
const calls: Record<string, number> = {};
let opened: { runtime: Runtime; device: GPUDevice; buffers: GpuBufferMeter; onnx: Uint8Array } | null = null;

serveCalls({
  /** Reads the model, and opens the one device that all sessions share. Resolves with its name. */
  async setup(url: string): Promise<string> {
    const onnx = await (await fetch(url)).bytes();
    for (const [type, methods] of COUNTED) for (const method of methods) count(type, method);
    const runtime = await loadRuntime(1);
    const device = await openGpu();
    opened = { runtime, device, buffers: new GpuBufferMeter(device), onnx };
    return `${device.adapterInfo.vendor} ${device.adapterInfo.architecture}`;
  },

  async measure(trial: SessionTrial): Promise<SessionFigures> {
    const { runtime, device, buffers, onnx } = opened!;
    const before = { gpu: buffers.bytes, heap: heapBytes() };
    let start = performance.now();
    const session = await runtime.InferenceSession.create(onnx, optionsOf(trial, device));
    const createMs = performance.now() - start;
    const name = session.outputNames[0]!;
    const feeds = feedsOf(runtime, device, session, trial);
    const run = async (): Promise<Tensor> => (await session.run(feeds, [name]))[name]!;
    const done = () => device.queue.onSubmittedWorkDone();
    start = performance.now();
    (await run()).dispose();
    await done();
    const firstRunMs = performance.now() - start;
    (await run()).dispose();
    await done();
    const encode: number[] = [];
    const whole: number[] = [];
    let bytes = new ArrayBuffer(0);
    for (let i = 0; i < trial.runs; i++) {
      for (const method of Object.keys(calls)) calls[method] = 0;
      start = performance.now();
      const tensor = await run();
      encode.push(performance.now() - start);
      if (i === trial.runs - 1) bytes = await readBack(device, tensor);
      await done();
      whole.push(performance.now() - start);
      tensor.dispose();
    }
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const figures = {
      ...{ createMs, firstRunMs, encodeMs: median(encode), wholeMs: median(whole) },
      ...{ calls: { ...calls }, gpuBytes: buffers.bytes - before.gpu, heapBytes: heapBytes() - before.heap },
      sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    };
    await session.release();
    return figures;
  },
});

function optionsOf({ kind, rows, length }: SessionTrial, device: GPUDevice): InferenceSession.SessionOptions {
  const captured = kind === 'captured';
  return {
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    executionProviders: [{ name: 'webgpu', device, validationMode: 'disabled' }],
    preferredOutputLocation: 'gpu-buffer',
    ...(kind === 'dynamic'
      ? {}
      : {
          freeDimensionOverrides: {
            batch: rows,
            sequence: length,
            batch_size: rows,
            sequence_length: length,
          },
        }),
    ...(captured ? { enableGraphCapture: true } : {}),
  };
}

/** The same ids for every kind; on the GPU where the commands are recorded, as those need buffers that stay. */
function feedsOf(
  runtime: Runtime,
  device: GPUDevice,
  session: InferenceSession,
  { kind, rows, length }: SessionTrial,
): Record<string, Tensor> {
  const feed = (name: string): Tensor => {
    const cells = rows * length;
    const values = BigInt64Array.from({ length: cells }, (_, i) =>
      name === 'input_ids' ? BigInt(1 + ((i * 7919) % 350)) : name === 'attention_mask' ? 1n : 0n,
    );
    if (kind !== 'captured') return new runtime.Tensor('int64', values, [rows, length]);
    const buffer = device.createBuffer({
      size: values.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
    device.queue.writeBuffer(buffer, 0, values);
    return runtime.Tensor.fromGpuBuffer(buffer, { dataType: 'int64', dims: [rows, length] });
  };
  return Object.fromEntries(session.inputNames.map((name) => [name, feed(name)]));
}

async function readBack(device: GPUDevice, tensor: Tensor): Promise<ArrayBuffer> {
  const size = tensor.dims.reduce((product, dim) => product * dim, 4);
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(tensor.gpuBuffer, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = staging.getMappedRange().slice(0);
  staging.destroy();
  return bytes;
}

function count({ prototype }: new () => unknown, method: string): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method]!;
  calls[method] = 0;
  methods[method] = function (...args) {
    calls[method]!++;
    return original.apply(this, args);
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
