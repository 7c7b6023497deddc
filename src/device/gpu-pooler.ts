import type { FloatType, ModelOutput } from './model-output.ts';
import { poolRowsShader, shapeBytes } from './pool-rows-shader.ts';
import type { ReadbackSlot } from './readback-slot.ts';

/** Rows of a hidden state on the GPU: `[rows, paddedLength, dims]`, or `[rows, dims]` with pooling `none`. */
type HiddenState = {
  readonly buffer: GPUBuffer;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly paddedLength: number;
};

const bytesOf: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2 };

/** Puts pooling and normalisation of a batch on the device's queue, behind the run that made its hidden state. */
export class GpuPooler {
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #layout: GPUBindGroupLayout;
  readonly #output: ModelOutput;

  private constructor(device: GPUDevice, pipeline: GPUComputePipeline, output: ModelOutput) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#layout = pipeline.getBindGroupLayout(0);
    this.#output = output;
  }

  static async create(device: GPUDevice, output: ModelOutput, normalize: boolean): Promise<GpuPooler> {
    const code = poolRowsShader({ ...output, normalize }, output.type);
    const pipeline = await device.createComputePipelineAsync({
      label: 'pool-rows',
      layout: 'auto',
      compute: { module: device.createShaderModule({ label: 'pool-rows', code }) },
    });
    return new GpuPooler(device, pipeline, output);
  }

  /** Submits; the buffer of the hidden state may be released right after, in queue order. */
  submit(hidden: HiddenState, slot: ReadbackSlot): void {
    const { dims, pooling, type } = this.#output;
    const rows = hidden.lengths.length;
    const paddedLength = pooling === 'none' ? 1 : hidden.paddedLength;
    const buffers = slot.reserve(rows, dims);
    const { queue } = this.#device;
    queue.writeBuffer(buffers.lengths, 0, hidden.lengths);
    queue.writeBuffer(buffers.shape, 0, new Uint32Array([rows, paddedLength, dims, 0]));

    const hiddenBytes = Math.ceil((rows * paddedLength * dims * bytesOf[type]) / 4) * 4;
    const bindGroup = this.#device.createBindGroup({
      layout: this.#layout,
      entries: [
        { binding: 0, resource: { buffer: hidden.buffer, size: hiddenBytes } },
        { binding: 1, resource: { buffer: buffers.lengths, size: hidden.lengths.byteLength } },
        { binding: 2, resource: { buffer: buffers.shape, size: shapeBytes } },
        { binding: 3, resource: { buffer: buffers.result, size: buffers.resultBytes } },
      ],
    });
    const encoder = this.#device.createCommandEncoder({ label: 'pool-rows' });
    const pass = encoder.beginComputePass({ label: 'pool-rows', ...slot.timer?.lastPass });
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, bindGroup);
    const across = Math.min(rows, this.#device.limits.maxComputeWorkgroupsPerDimension);
    pass.dispatchWorkgroups(across, Math.ceil(rows / across));
    pass.end();
    encoder.copyBufferToBuffer(buffers.result, 0, buffers.staging, 0, buffers.resultBytes);
    slot.timer?.copyTo(buffers.staging, buffers.resultBytes, encoder);
    queue.submit([encoder.finish()]);
  }
}
