import type { OpenedFile } from '../core/job-api.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { WorkerPort, WorkerSpawner } from '../rpc/worker-port.ts';
import type { IngestState } from '../store/job-schema.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import type { ChunkCost, ChunkText, IngestApi, IngestRequest } from './ports.ts';
import { isWorkersFault, RESTART_DELAYS_MS, Watchdog } from './recovery.ts';

/**
 * A reader that is waited for and reads nothing for longer than this, or gives no sign of life for many times what a chunk
 * took lately, is taken for hung. Whatever takes longer, passing over gigabytes, say, reads bytes all the while.
 */
const LIMITS = { floorMs: 30_000, ceilingMs: 60_000, factor: 20 };
/** Of texts that were stored a moment ago and are asked for soon: to read one back waits for the commits of two workers. */
const MAX_TEXT_BYTES = 8 * 2 ** 20;

export type ChunkFeedOptions = {
  readonly spawn: WorkerSpawner<IngestApi>;
  /** What is stored already. */
  readonly state: IngestState;
  /** Called with rows that were refused as they were read. */
  readonly onRejects: (rejects: readonly QuarantineRecord[]) => void;
  /** Called with what each chunk took. */
  readonly onCost?: (cost: ChunkCost) => void;
  /** Called with each file that reading comes to. */
  readonly onOpen?: (file: OpenedFile) => void;
  /** Told when the worker is replaced, and why. */
  readonly onRestart?: (reason: JobError) => void;
};

/**
 * What has been read so far, for those who wait for a chunk. Reads no further ahead than it is allowed to. A worker that
 * crashes or hangs is replaced, and the new one reads on from what is stored.
 */
export class ChunkFeed {
  readonly #options: ChunkFeedOptions;
  readonly #changed = new ChangeSignal();
  readonly #watchdog = new Watchdog(LIMITS);
  readonly #texts = new Map<number, ArrayBuffer>();
  #textBytes = 0;
  #port: WorkerPort<IngestApi> | null = null;
  #request: IngestRequest | null = null;
  #state: IngestState;
  #error: unknown = null;
  #allowed = 0;
  /** Workers that failed since the last chunk. */
  #failures = 0;
  #waiting = 0;
  #alarm: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ChunkFeedOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  get state(): IngestState {
    return this.#state;
  }

  /** Starts reading; a failure reaches whoever waits for a chunk. */
  start(request: IngestRequest): void {
    this.#request = request;
    this.#allowed = request.allowed;
    this.#read(request);
  }

  allow(chunk: number): void {
    if (chunk <= this.#allowed || this.#request === null) return;
    this.#allowed = chunk;
    // A failure of the worker is reported by `ingest`.
    this.#port?.api.allow(chunk).catch(() => undefined);
  }

  /** True once the chunk is stored, false when the input ended before it. @throws what stopped the reading. */
  async has(chunk: number, signal: AbortSignal): Promise<boolean> {
    // Whatever the windows at work allow: a mended one far behind the reader allows less than is waited for here.
    this.allow(chunk + 1);
    const wake = () => this.#changed.notify();
    signal.addEventListener('abort', wake, { once: true });
    this.#waiting++;
    this.#armAlarm();
    try {
      await this.#changed.until(
        () =>
          this.#error !== null || signal.aborted || this.#state.complete || chunk < this.#state.next.chunk,
      );
    } finally {
      this.#waiting--;
      this.#armAlarm();
      signal.removeEventListener('abort', wake);
    }
    signal.throwIfAborted();
    if (chunk < this.#state.next.chunk) return true;
    if (this.#error !== null) throw this.#error;
    return false;
  }

  /** What the task reads of a chunk that is stored, if it is still in memory; once. */
  takeText(chunk: number): ArrayBuffer | null {
    const read = this.#texts.get(chunk) ?? null;
    this.#texts.delete(chunk);
    this.#textBytes -= read?.byteLength ?? 0;
    return read;
  }

  /** Ends the worker. */
  close(): void {
    this.#request = null;
    this.#texts.clear();
    clearTimeout(this.#alarm);
    this.#port?.terminate();
    this.#port = null;
  }

  #read(request: IngestRequest): void {
    const port = this.#options.spawn();
    this.#port = port;
    port.api
      .ingest(
        { ...request, allowed: this.#allowed },
        (state, rejects, cost, text) => {
          // One that was replaced may still be heard of.
          if (this.#port !== port) return;
          this.#hold(text);
          this.#failures = 0;
          this.#watchdog.measured(cost.readMs + cost.storeMs);
          this.#options.onCost?.(cost);
          this.#update(state);
          this.#options.onRejects(rejects);
        },
        (file) => this.#options.onOpen?.(file),
        () => {
          if (this.#port === port) this.#armAlarm();
        },
      )
      .then(
        (state) => this.#update(state),
        (thrown: unknown) => this.#failed(port, thrown),
      );
  }

  /** Those that come when there is no room are read back: the first ones are asked for first. */
  #hold({ chunk, read }: ChunkText): void {
    if (this.#textBytes + read.byteLength > MAX_TEXT_BYTES) return;
    this.#texts.set(chunk, read);
    this.#textBytes += read.byteLength;
  }

  #failed(port: WorkerPort<IngestApi>, thrown: unknown): void {
    if (this.#port !== port || this.#request === null) return;
    const reason = toJobError(thrown);
    const delayMs = RESTART_DELAYS_MS[this.#failures];
    if (!isWorkersFault(reason) || delayMs === undefined) {
      this.#error = thrown;
      this.#changed.notify();
      return;
    }
    this.#failures++;
    port.terminate();
    this.#port = null;
    this.#options.onRestart?.(reason);
    setTimeout(() => {
      if (this.#request !== null) this.#read(this.#request);
      this.#armAlarm();
    }, delayMs);
  }

  /** Counts only while somebody waits: a reader may rest where it is not allowed to go on. */
  #armAlarm(): void {
    clearTimeout(this.#alarm);
    const port = this.#port;
    if (this.#waiting === 0 || port === null || this.#state.complete || this.#error !== null) return;
    const { limitMs } = this.#watchdog;
    this.#alarm = setTimeout(() => {
      this.#watchdog.alarm();
      const message = `The ingest worker has read nothing for ${Math.round(limitMs / 1000)} s.`;
      this.#failed(port, new JobError('WORKER_CRASHED', message));
    }, limitMs);
  }

  #update(state: IngestState): void {
    // Callbacks and results come through ports of their own, so the last chunk may be told after the end: a state only
    // ever advances, or whoever waits for a chunk behind the end would wait for ever.
    if (this.#state.complete || state.next.chunk < this.#state.next.chunk) return;
    this.#state = state;
    this.#armAlarm();
    this.#changed.notify();
  }
}
