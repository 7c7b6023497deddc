import type { Chunk } from '../core/chunk.ts';
import type { IngestState } from '../store/job-schema.ts';
import { ChangeSignal } from '../util/signal-change.ts';

/** So many chunks, and bytes of them, may wait while others are written. */
const MAX_WAITING = 8;
const MAX_WAITING_BYTES = 4 * 2 ** 20;

export type ChunkWriterOptions = {
  /** Stores chunks in one transaction. @returns the state after each. */
  readonly store: (chunks: readonly Chunk[]) => Promise<readonly IngestState[]>;
  /** Called for each chunk once it is stored, in order. @param storeMs its share of the transaction */
  readonly onStored: (chunk: Chunk, state: IngestState, storeMs: number) => void;
  /** Called once, when storing fails; the next call throws. Nothing is stored after that. */
  readonly onFailed: () => void;
};

/**
 * Stores chunks while the next ones are read: one transaction at a time, and in each all chunks that came during the last
 * one. Flushing a transaction to the disk takes longer than reading a chunk, whatever its size.
 */
export class ChunkWriter {
  readonly #options: ChunkWriterOptions;
  readonly #changed = new ChangeSignal();
  #waiting: Chunk[] = [];
  #writing = false;
  #failure: { readonly thrown: unknown } | null = null;

  constructor(options: ChunkWriterOptions) {
    this.#options = options;
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  /** Takes a chunk; waits while too many wait already. @throws what storing an earlier one failed with. */
  async add(chunk: Chunk): Promise<void> {
    this.#throwFailure();
    this.#waiting.push(chunk);
    if (!this.#writing) void this.#write();
    await this.#changed.until(() => this.#hasRoom() || this.#failure !== null);
    this.#throwFailure();
  }

  /** Resolves when all that was taken is stored. @throws what storing failed with. */
  async flush(): Promise<void> {
    await this.#changed.until(() => !this.#writing);
    this.#throwFailure();
  }

  #hasRoom(): boolean {
    const bytes = this.#waiting.reduce((sum, { read, kept }) => sum + read.byteLength + kept.byteLength, 0);
    return this.#waiting.length < MAX_WAITING && bytes < MAX_WAITING_BYTES;
  }

  async #write(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#waiting.length > 0) {
        const chunks = this.#waiting;
        this.#waiting = [];
        this.#changed.notify();
        const startedAt = performance.now();
        const states = await this.#options.store(chunks);
        const storeMs = (performance.now() - startedAt) / chunks.length;
        for (const [index, chunk] of chunks.entries()) this.#options.onStored(chunk, states[index]!, storeMs);
      }
    } catch (thrown) {
      this.#failure = { thrown };
      this.#options.onFailed();
    }
    this.#writing = false;
    this.#changed.notify();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.thrown;
  }
}
