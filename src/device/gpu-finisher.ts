import type { FinishPlan } from './finish-plan.ts';
import type { FloatType, ModelOutput } from './model-output.ts';
import { poolRowsShader } from './pool-rows-shader.ts';
import type { ReadbackSlot } from './readback-slot.ts';
import { rowLayout, type RowLayout } from './row-layout.ts';
import { shapeBytes } from './shader-parts.ts';
import { topLabelsShader } from './top-labels-shader.ts';

/** A model's output on the GPU: `[rows, paddedLength, width]`, or `[rows, width]` with pooling `none` and for labels. */
type HiddenState = {
  readonly buffer: GPUBuffer;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly paddedLength: number;
};

const bytesOf: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2 };

/** Puts what makes rows of a batch's output on the device's queue, behind the run that made that output. */
export class GpuFinisher {
  /** How the rows lie in a slot. */
  readonly layout: RowLayout;
  readonly #device: GPUDevice;
  readonly #pipeline: GPUComputePipeline;
  readonly #output: ModelOutput;

  private constructor(
    device: GPUDevice,
    pipeline: GPUComputePipeline,
    output: ModelOutput,
    layout: RowLayout,
  ) {
    this.layout = layout;
    this.#device = device;
    this.#pipeline = pipeline;
    this.#output = output;
  }

  static async create(device: GPUDevice, output: ModelOutput, plan: FinishPlan): Promise<GpuFinisher> {
    const { steps } = plan;
    const code =
      steps.kind === 'vector' ? poolRowsShader(steps, output.type) : topLabelsShader(steps, output.type);
    const layout = rowLayout(plan);
    const pipeline = await device.createComputePipelineAsync({
      label: 'finish-rows',
      layout: pipelineLayout(device, layout),
      compute: { module: device.createShaderModule({ label: 'finish-rows', code }) },
    });
    return new GpuFinisher(device, pipeline, output, layout);
  }

  /** Submits; the buffer of the output may be released right after, in queue order. */
  submit(hidden: HiddenState, slot: ReadbackSlot): void {
    const { dims, pooling, type } = this.#output;
    const rows = hidden.lengths.length;
    const paddedLength = pooling === 'none' ? 1 : hidden.paddedLength;
    const buffers = slot.reserve(rows, this.layout);
    const { queue } = this.#device;
    queue.writeBuffer(buffers.lengths, 0, hidden.lengths);
    queue.writeBuffer(buffers.shape, 0, new Uint32Array([rows, paddedLength, dims, 0]));

    const hiddenBytes = Math.ceil((rows * paddedLength * dims * bytesOf[type]) / 4) * 4;
    const { scratch, scratchBytes } = buffers;
    const bindGroup = this.#device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: hidden.buffer, size: hiddenBytes } },
        { binding: 1, resource: { buffer: buffers.lengths, size: hidden.lengths.byteLength } },
        { binding: 2, resource: { buffer: buffers.shape, size: shapeBytes } },
        { binding: 3, resource: { buffer: buffers.result, size: buffers.resultBytes } },
        ...(scratch === null ? [] : [{ binding: 4, resource: { buffer: scratch, size: scratchBytes } }]),
      ],
    });
    const encoder = this.#device.createCommandEncoder({ label: 'finish-rows' });
    const pass = encoder.beginComputePass({ label: 'finish-rows', ...slot.timer?.lastPass });
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

/** Said in full: a kernel that leaves one of them unused would lose it from an automatic layout. */
function pipelineLayout(device: GPUDevice, { scratchBytes }: RowLayout): GPUPipelineLayout {
  const types: readonly GPUBufferBindingType[] = [
    'read-only-storage',
    'read-only-storage',
    'uniform',
    'storage',
    ...(scratchBytes === 0 ? [] : ['storage' as const]),
  ];
  const entries = types.map((type, binding) => {
    return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
  });
  return device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ label: 'finish-rows', entries })],
  });
}
