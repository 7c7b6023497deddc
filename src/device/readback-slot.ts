import type { BatchOutput } from '../core/batch.ts';
import { ROW_FLAG } from './row-flags.ts';
import type { RowLayout } from './row-layout.ts';
import { shapeBytes } from './shader-parts.ts';
import { readTimes, SlotTimer, timesBytes, type GpuInterval } from './slot-timer.ts';

type SlotBuffers = {
  readonly lengths: GPUBuffer;
  readonly shape: GPUBuffer;
  /** Written by the kernel that finishes rows: the rows, each of whole words, then one word of flags a row. */
  readonly result: GPUBuffer;
  /** A copy of `result` that the CPU maps, with the batch's times behind it. */
  readonly staging: GPUBuffer;
  /** What the kernel keeps between its steps; null where it needs nothing. Stays on the GPU. */
  readonly scratch: GPUBuffer | null;
};

type SlotSizes = { readonly rows: number; readonly resultBytes: number; readonly scratchBytes: number };

/**
 * The small buffers of one batch in flight. They belong to the slot, are used again by the batch that gets it next, and
 * only grow.
 */
export class ReadbackSlot {
  readonly #device: GPUDevice;
  /** Null where the device has no timestamps. */
  readonly timer: SlotTimer | null;
  #buffers: SlotBuffers | null = null;
  #sizes: SlotSizes = { rows: 0, resultBytes: 0, scratchBytes: 0 };

  constructor(device: GPUDevice) {
    this.#device = device;
    this.timer = SlotTimer.create(device);
  }

  /** Buffers for a batch; the last batch of this slot must have been read. */
  reserve(rows: number, layout: RowLayout): SlotBuffers & SlotSizes {
    const sizes = sizesOf(rows, layout);
    const held = this.#sizes;
    const fits =
      rows <= held.rows && sizes.resultBytes <= held.resultBytes && sizes.scratchBytes <= held.scratchBytes;
    if (this.#buffers === null || !fits) {
      this.#release();
      this.#sizes = sizes;
      this.#buffers = this.#create(sizes);
    }
    return { ...this.#buffers, ...sizes };
  }

  /**
   * Waits until the GPU has done what was submitted and copies the rows out.
   * @throws whatever `mapAsync` rejects with: the device is lost, or the buffer was destroyed or is not valid.
   */
  async read(rows: number, layout: RowLayout): Promise<BatchOutput & { readonly gpu: GpuInterval | null }> {
    if (this.#buffers === null) throw new TypeError('nothing was submitted to this slot');
    const { staging } = this.#buffers;
    const { resultBytes } = sizesOf(rows, layout);
    const bytes = resultBytes + (this.timer === null ? 0 : timesBytes);
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
    const mapped = staging.getMappedRange(0, bytes);
    const gpu = this.timer === null ? null : readTimes(mapped, resultBytes);
    const values = copyRows(mapped, rows, layout);
    const notFinite: number[] = [];
    const outOfRange: number[] = [];
    for (const [row, flags] of new Uint32Array(mapped, rows * layout.strideBytes, rows).entries()) {
      if (flags === 0) continue;
      ((flags & ROW_FLAG.notFinite) === 0 ? outOfRange : notFinite).push(row);
    }
    staging.unmap();
    return { values, rowBytes: layout.rowBytes, notFinite, outOfRange, gpu };
  }

  destroy(): void {
    this.#release();
    this.timer?.destroy();
  }

  #release(): void {
    if (this.#buffers === null) return;
    for (const buffer of Object.values(this.#buffers)) buffer?.destroy();
    this.#buffers = null;
  }

  #create({ rows, resultBytes, scratchBytes }: SlotSizes): SlotBuffers {
    const { COPY_DST, COPY_SRC, MAP_READ, STORAGE, UNIFORM } = GPUBufferUsage;
    const create = (label: string, size: number, usage: GPUBufferUsageFlags) =>
      this.#device.createBuffer({ label: `millrace ${label}`, size, usage });
    return {
      lengths: create('lengths', rows * 4, STORAGE | COPY_DST),
      shape: create('shape', shapeBytes, UNIFORM | COPY_DST),
      result: create('result', resultBytes, STORAGE | COPY_SRC),
      staging: create('staging', resultBytes + timesBytes, MAP_READ | COPY_DST),
      scratch: scratchBytes === 0 ? null : create('scratch', scratchBytes, STORAGE),
    };
  }
}

function sizesOf(rows: number, { strideBytes, scratchBytes }: RowLayout): SlotSizes {
  return { rows, resultBytes: rows * (strideBytes + 4), scratchBytes: rows * scratchBytes };
}

/** The rows without the bytes that fill up their last words. */
function copyRows(
  mapped: ArrayBuffer,
  rows: number,
  { rowBytes, strideBytes }: RowLayout,
): Uint8Array<ArrayBuffer> {
  if (rowBytes === strideBytes) return new Uint8Array(mapped, 0, rows * rowBytes).slice();
  const bytes = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row++)
    bytes.set(new Uint8Array(mapped, row * strideBytes, rowBytes), row * rowBytes);
  return bytes;
}
