import type { BatchCost } from '../core/batch.ts';
import type { RunMetrics } from '../core/run-metrics.ts';
import { MergedIntervals } from '../util/merged-intervals.ts';
import type { ChunkCost } from './ports.ts';

/** What computing waits for while no batch is on the device. */
export type IdleReason = keyof RunMetrics['idleSeconds'];

/** Of all batches at least so many must have times of the GPU's clock, or busy is not taken from them. */
const LEAST_TIMED = 0.99;

/** Sums up what the stages of one run say they took: a few additions a chunk, a batch and a commit. */
export class RunMeter {
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #workers: number;
  readonly #running = new MergedIntervals();
  #runningMs = 0;
  readonly #gpu = new MergedIntervals();
  readonly #ms = { read: 0, store: 0, tokenize: 0, commit: 0 };
  readonly #idle: Record<IdleReason, number> = { rows: 0, commit: 0, other: 0 };
  /** Who waits at the moment: computing for rows while the next window's record is being written, say. */
  readonly #waits = { rows: 0, commit: 0 };
  #idleSince: number;
  #inFlight = 0;
  #batches = 0;
  #timed = 0;
  #rows = 0;
  #readBytes = 0;
  #mostHeapBytes = 0;
  #mostGpuBytes = 0;
  #commits = 0;
  #openMs = 0;
  #endedAt: number;

  /**
   * @param now clock in milliseconds; the run begins with the call
   * @param workers device workers that run side by side; each of several has one run in progress at a time
   */
  constructor(now: () => number, workers = 1) {
    this.#now = now;
    this.#workers = workers;
    this.#startedAt = now();
    this.#idleSince = this.#startedAt;
    this.#endedAt = this.#startedAt;
  }

  chunkRead({ readMs, storeMs }: ChunkCost): void {
    this.#ms.read += readMs;
    this.#ms.store += storeMs;
  }

  chunkPrepared(ms: number): void {
    this.#ms.tokenize += ms;
  }

  batchStarted(): void {
    if (this.#inFlight++ === 0) this.#countIdle();
  }

  batchEnded(): void {
    if (--this.#inFlight === 0) this.#idleSince = this.#now();
  }

  /** A batch came back, also one that was run again in halves. */
  batchRun(rows: number, { readBytes, run, gpu, memory }: BatchCost): void {
    this.#batches++;
    this.#rows += rows;
    this.#readBytes += readBytes;
    this.#mostHeapBytes = Math.max(this.#mostHeapBytes, memory.heapBytes);
    this.#mostGpuBytes = Math.max(this.#mostGpuBytes, memory.gpuBytes);
    this.#running.add(...run);
    this.#runningMs += run[1] - run[0];
    if (gpu === null) return;
    this.#timed++;
    this.#gpu.add(...gpu);
  }

  /** @param openMs of that, the time in which the transaction was open */
  committed(ms: number, openMs: number): void {
    this.#commits++;
    this.#ms.commit += ms;
    this.#openMs += openMs;
    this.#endedAt = this.#now();
  }

  /** Waits, and counts the time in which nothing is on the device for that reason; for a commit before rows. */
  async waiting<T>(reason: Exclude<IdleReason, 'other'>, wait: Promise<T>): Promise<T> {
    this.#countWait(reason, 1);
    try {
      return await wait;
    } finally {
      this.#countWait(reason, -1);
    }
  }

  /** Null when nothing was run. @param renewals device workers that were replaced by fresh ones */
  metrics(renewals: number): RunMetrics | null {
    const wallMs = this.#endedAt - this.#startedAt;
    if (this.#batches === 0 || wallMs <= 0) return null;
    const timed = this.#timed >= this.#batches * LEAST_TIMED;
    const runningMs = this.#workers === 1 ? this.#running.total : this.#runningMs / this.#workers;
    const busyMs = timed ? this.#gpu.total : runningMs;
    const seconds = (ms: number) => ms / 1000;
    const { read, store, tokenize, commit } = this.#ms;
    return {
      wallSeconds: seconds(wallMs),
      rowsRun: this.#rows,
      // The GPU's clock runs by itself, and ends of a run are rounded.
      deviceBusyShare: Math.min(1, busyMs / wallMs),
      deviceBusyBy: timed ? 'gpu-timestamps' : 'runs-in-progress',
      readbackBytes: this.#readBytes,
      readbackBytesPerRow: this.#readBytes / this.#rows,
      commits: this.#commits,
      commitShare: this.#openMs / wallMs,
      deviceMemory: { mostHeapBytes: this.#mostHeapBytes, mostGpuBytes: this.#mostGpuBytes, renewals },
      stageSeconds: {
        read: seconds(read),
        store: seconds(store),
        tokenize: seconds(tokenize),
        device: seconds(busyMs),
        commit: seconds(commit),
      },
      idleSeconds: {
        rows: seconds(this.#idle.rows),
        commit: seconds(this.#idle.commit),
        other: seconds(this.#idle.other),
      },
    };
  }

  #countWait(reason: Exclude<IdleReason, 'other'>, change: 1 | -1): void {
    if (this.#inFlight === 0) this.#countIdle();
    this.#waits[reason] += change;
  }

  #countIdle(): void {
    const now = this.#now();
    const { rows, commit } = this.#waits;
    this.#idle[commit > 0 ? 'commit' : rows > 0 ? 'rows' : 'other'] += now - this.#idleSince;
    this.#idleSince = now;
  }
}
