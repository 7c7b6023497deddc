import { onTestFinished } from 'vitest';
import type { BatchOutput } from '../../../src/core/batch.ts';
import type { Finish } from '../../../src/core/finish.ts';
import { planFinish } from '../../../src/device/finish-plan.ts';
import { GpuFinisher } from '../../../src/device/gpu-finisher.ts';
import { openGpu } from '../../../src/device/open-gpu.ts';
import { ReadbackSlot } from '../../../src/device/readback-slot.ts';

/** A model's output as numbers: `[rows, paddedLength, width]`. */
export type HiddenState = {
  readonly values: Float32Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly paddedLength: number;
};

type FinishRows = (hidden: HiddenState) => Promise<BatchOutput>;

/** The kernels alone, on one GPU device and in one slot, whose buffers are what the finish before left there. */
export async function openGpuFinish(): Promise<(width: number, finish: Finish) => Promise<FinishRows>> {
  const gpu = await openGpu();
  onTestFinished(() => gpu.destroy());
  const errors: string[] = [];
  gpu.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  const slot = new ReadbackSlot(gpu);
  return async (width, finish) => {
    const pooling = finish.kind === 'vector' ? finish.pooling : 'none';
    const output = { name: 'hidden', type: 'float32', dims: width, pooling } as const;
    const finisher = await GpuFinisher.create(gpu, output, planFinish(finish, output));
    const { STORAGE, COPY_DST } = GPUBufferUsage;
    return async ({ values, lengths, paddedLength }) => {
      const buffer = gpu.createBuffer({ size: values.byteLength, usage: STORAGE | COPY_DST });
      gpu.queue.writeBuffer(buffer, 0, values);
      finisher.submit({ buffer, lengths, paddedLength }, slot);
      const { gpu: _, ...rows } = await slot.read(lengths.length, finisher.layout);
      buffer.destroy();
      if (errors.length > 0) throw new Error(errors.join('\n'));
      return rows;
    };
  };
}
