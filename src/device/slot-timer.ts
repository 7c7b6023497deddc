/** When the GPU began with a batch and when it was done with it, in milliseconds of the GPU's own clock. */
export type GpuInterval = readonly [start: number, end: number];

/** Two timestamps of 64 bits. */
export const timesBytes = 16;

const START = 0;
const END = 1;

/**
 * Times one batch in flight on the GPU by timestamp queries (WebGPU, "Timestamp Query"), which are read back with the
 * rows: no wait and no mapping of its own. Chromium rounds them to 100 us unless it is told otherwise
 * (`--enable-dawn-features=allow_unsafe_apis`, or WebGPU developer features).
 */
export class SlotTimer {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;

  private constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ label: 'millrace times', type: 'timestamp', count: 2 });
    this.#resolved = device.createBuffer({
      label: 'millrace times',
      size: timesBytes,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  /** Null where the device has no timestamps. */
  static create(device: GPUDevice): SlotTimer | null {
    return device.features.has('timestamp-query') ? new SlotTimer(device) : null;
  }

  /** Marks the start: an empty pass, submitted before the batch's own work. */
  begin(): void {
    const encoder = this.#device.createCommandEncoder({ label: 'batch-start' });
    const timestampWrites = { querySet: this.#queries, beginningOfPassWriteIndex: START };
    encoder.beginComputePass({ label: 'batch-start', timestampWrites }).end();
    this.#device.queue.submit([encoder.finish()]);
  }

  /** For the descriptor of the batch's last pass. */
  get lastPass(): Pick<GPUComputePassDescriptor, 'timestampWrites'> {
    return { timestampWrites: { querySet: this.#queries, endOfPassWriteIndex: END } };
  }

  /** Puts both times, `timesBytes` of them, behind what is read back; after the last pass. @param offset multiple of 4 */
  copyTo(staging: GPUBuffer, offset: number, encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, offset, timesBytes);
  }

  destroy(): void {
    this.#queries.destroy();
    this.#resolved.destroy();
  }
}

/**
 * The times in what was read back. Null when they make no sense: drivers give zeros, and ends before starts.
 *
 * @param bytes holds `timesBytes` at `offset`, which may be any multiple of 4
 */
export function readTimes(bytes: ArrayBuffer, offset: number): GpuInterval | null {
  const [startNs, endNs] = new BigUint64Array(bytes.slice(offset, offset + timesBytes));
  if (!startNs || !endNs || endNs < startNs) return null;
  return [Number(startNs) / 1e6, Number(endNs) / 1e6];
}
