import type { OpenedFile } from '../core/job-api.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { WorkerPort } from '../rpc/worker-port.ts';
import type { IngestState } from '../store/job-schema.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import type { ChunkCost, IngestApi, IngestRequest } from './ports.ts';

/** What has been read so far, for those who wait for a chunk. Reads no further ahead than it is allowed to. */
export class ChunkFeed {
  readonly #port: WorkerPort<IngestApi>;
  readonly #onRejects: (rejects: readonly QuarantineRecord[]) => void;
  readonly #onCost: (cost: ChunkCost) => void;
  readonly #onOpen: (file: OpenedFile) => void;
  readonly #changed = new ChangeSignal();
  #state: IngestState;
  #error: unknown = null;
  #allowed = 0;
  #running = false;

  /** @param onRejects called with rows that were refused as they were read @param onCost with what each chunk took @param onOpen with each file that reading comes to */
  constructor(
    port: WorkerPort<IngestApi>,
    state: IngestState,
    onRejects: (rejects: readonly QuarantineRecord[]) => void,
    onCost: (cost: ChunkCost) => void = () => undefined,
    onOpen: (file: OpenedFile) => void = () => undefined,
  ) {
    this.#port = port;
    this.#state = state;
    this.#onRejects = onRejects;
    this.#onCost = onCost;
    this.#onOpen = onOpen;
  }

  get state(): IngestState {
    return this.#state;
  }

  /** Starts reading; a failure reaches whoever waits for a chunk. */
  start(request: IngestRequest): void {
    this.#running = true;
    this.#allowed = request.allowed;
    this.#port.api
      .ingest(
        request,
        (state, rejects, cost) => {
          this.#onCost(cost);
          this.#onRejects(rejects);
          this.#update(state);
        },
        (file) => this.#onOpen(file),
      )
      .then(
        (state) => this.#update(state),
        (thrown: unknown) => {
          this.#error = thrown;
          this.#changed.notify();
        },
      );
  }

  allow(chunk: number): void {
    if (chunk <= this.#allowed || !this.#running) return;
    this.#allowed = chunk;
    // A failure of the worker is reported by `ingest`.
    this.#port.api.allow(chunk).catch(() => undefined);
  }

  /** True once the chunk is stored, false when the input ended before it. @throws what stopped the reading. */
  async has(chunk: number, signal: AbortSignal): Promise<boolean> {
    // Whatever the windows at work allow: a mended one far behind the reader allows less than is waited for here.
    this.allow(chunk + 1);
    const wake = () => this.#changed.notify();
    signal.addEventListener('abort', wake, { once: true });
    try {
      await this.#changed.until(
        () =>
          this.#error !== null || signal.aborted || this.#state.complete || chunk < this.#state.next.chunk,
      );
    } finally {
      signal.removeEventListener('abort', wake);
    }
    signal.throwIfAborted();
    if (chunk < this.#state.next.chunk) return true;
    if (this.#error !== null) throw this.#error;
    return false;
  }

  #update(state: IngestState): void {
    // Callbacks and results come through ports of their own, so the last chunk may be told after the end: a state only
    // ever advances, or whoever waits for a chunk behind the end would wait for ever.
    if (this.#state.complete || state.next.chunk < this.#state.next.chunk) return;
    this.#state = state;
    this.#changed.notify();
  }
}
