import type { BatchOutput } from '../core/batch.ts';
import { shapeBytes } from './pool-rows-shader.ts';
import { readTimes, SlotTimer, timesBytes, type GpuInterval } from './slot-timer.ts';

type SlotBuffers = {
  readonly lengths: GPUBuffer;
  readonly shape: GPUBuffer;
  /** Written by the pooling kernel: `[rows, dims]` of float32, then one word a row. */
  readonly result: GPUBuffer;
  /** A copy of `result` that the CPU maps, with the batch's times behind it. */
  readonly staging: GPUBuffer;
};

/**
 * The small buffers of one batch in flight. They belong to the slot, are used again by the batch that gets it next, and
 * only grow.
 */
export class ReadbackSlot {
  readonly #device: GPUDevice;
  /** Null where the device has no timestamps. */
  readonly timer: SlotTimer | null;
  #buffers: SlotBuffers | null = null;
  #rows = 0;
  #resultBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.timer = SlotTimer.create(device);
  }

  /** Buffers for a batch; the last batch of this slot must have been read. */
  reserve(rows: number, dims: number): SlotBuffers & { readonly resultBytes: number } {
    const resultBytes = rows * (dims + 1) * 4;
    if (this.#buffers === null || rows > this.#rows || resultBytes > this.#resultBytes) {
      this.#release();
      this.#rows = rows;
      this.#resultBytes = resultBytes;
      this.#buffers = this.#create(rows * 4, resultBytes);
    }
    return { ...this.#buffers, resultBytes };
  }

  /**
   * Waits until the GPU has done what was submitted and copies the rows out.
   * @throws whatever `mapAsync` rejects with: the device is lost, or the buffer was destroyed or is not valid.
   */
  async read(rows: number, dims: number): Promise<BatchOutput & { readonly gpu: GpuInterval | null }> {
    if (this.#buffers === null) throw new TypeError('nothing was submitted to this slot');
    const { staging } = this.#buffers;
    const resultBytes = rows * (dims + 1) * 4;
    const bytes = resultBytes + (this.timer === null ? 0 : timesBytes);
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const mapped = staging.getMappedRange(0, bytes);
    const gpu = this.timer === null ? null : readTimes(mapped, resultBytes);
    const values = new Float32Array(mapped, 0, rows * dims).slice();
    const notFinite: number[] = [];
    for (const [row, flag] of new Uint32Array(mapped, rows * dims * 4, rows).entries()) {
      if (flag !== 0) notFinite.push(row);
    }
    staging.unmap();
    return { values, dims, notFinite, gpu };
  }

  destroy(): void {
    this.#release();
    this.timer?.destroy();
  }

  #release(): void {
    if (this.#buffers === null) return;
    for (const buffer of Object.values(this.#buffers)) buffer.destroy();
    this.#buffers = null;
  }

  #create(lengthsBytes: number, resultBytes: number): SlotBuffers {
    const { COPY_DST, COPY_SRC, MAP_READ, STORAGE, UNIFORM } = GPUBufferUsage;
    const create = (label: string, size: number, usage: GPUBufferUsageFlags) =>
      this.#device.createBuffer({ label: `millrace ${label}`, size, usage });
    return {
      lengths: create('lengths', lengthsBytes, STORAGE | COPY_DST),
      shape: create('shape', shapeBytes, UNIFORM | COPY_DST),
      result: create('result', resultBytes, STORAGE | COPY_SRC),
      staging: create('staging', resultBytes + timesBytes, MAP_READ | COPY_DST),
    };
  }
}
