import type { DeviceMemory } from '../core/batch.ts';

/** After how much a device worker is replaced by a fresh one. */
export type WearLimits = {
  readonly batches: number;
  /** Of its WebAssembly memory, or of its GPU buffers, over the most that it held in its first `settleBatches`. */
  readonly growthBytes: number;
  /** Enough to have met every length of row: what those need is no growth. */
  readonly settleBatches: number;
};

const MIB = 2 ** 20;

/**
 * Nothing is known to grow once every shape of a job has been seen, so these are for days: a day of batches of 200 ms is
 * 432,000. A fresh worker takes as long to load as the first, beside the old one, so at most every 500 batches.
 */
export const WEAR_LIMITS: WearLimits = { batches: 50_000, growthBytes: 1024 * MIB, settleBatches: 500 };

/** What a device worker has done since it was started, and how far its memory has grown. */
export class WorkerWear {
  readonly #limits: WearLimits;
  #batches = 0;
  #settled: DeviceMemory = { heapBytes: 0, gpuBytes: 0 };
  #grown = 0;

  constructor(limits: WearLimits) {
    this.#limits = limits;
  }

  /** A batch was run, and the worker holds this much after it. */
  add({ heapBytes, gpuBytes }: DeviceMemory): void {
    this.#batches++;
    if (this.#batches <= this.#limits.settleBatches) {
      this.#settled = {
        heapBytes: Math.max(this.#settled.heapBytes, heapBytes),
        gpuBytes: Math.max(this.#settled.gpuBytes, gpuBytes),
      };
      return;
    }
    this.#grown = Math.max(heapBytes - this.#settled.heapBytes, gpuBytes - this.#settled.gpuBytes);
  }

  /** Why the worker is to be replaced, in words; null while it is not. */
  get reason(): string | null {
    const { batches, growthBytes } = this.#limits;
    if (this.#grown > growthBytes)
      return `the memory of the old one grew by ${Math.round(this.#grown / MIB)} MiB`;
    return this.#batches >= batches ? `the old one ran ${this.#batches} batches` : null;
  }
}
