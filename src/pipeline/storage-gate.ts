import type { StorageRoom } from '../store/storage-room.ts';
import { ChangeSignal } from '../util/signal-change.ts';

const MIB = 2 ** 20;
/** With less than this free nothing new is begun: enough for what is in flight, and for the engine's own logs. */
export const RESERVE_BYTES = 128 * MIB;
/** What has to be free to go on after that. */
export const ROOM_BYTES = 192 * MIB;
/** After the browser refused a write, it is not tried again sooner, whatever it says is free. */
const AFTER_REFUSAL_MS = 5000;

export type StorageGateOptions = {
  readonly room: () => Promise<StorageRoom>;
  /** Clock in milliseconds. */
  readonly now: () => number;
  /** Told when the storage is nearly full, with what is free; with null when it refused a write, whatever it says is free. */
  readonly onFull?: (freeBytes: number | null) => void;
  readonly onRoom?: () => void;
};

/**
 * Holds back new work while the storage is nearly full, and writes again what it had no room for: so that a job waits for
 * room and is never cut off in the middle. `look` is to be called now and then, as long as something may wait.
 */
export class StorageGate {
  readonly #options: StorageGateOptions;
  readonly #changed = new ChangeSignal();
  #full = false;
  #notBefore = 0;

  constructor(options: StorageGateOptions) {
    this.#options = options;
  }

  get full(): boolean {
    return this.#full;
  }

  /** Looks how much is free. Never throws: a browser that does not say has room until it refuses. */
  async look(): Promise<void> {
    const room = await this.#options.room().catch(() => null);
    if (room === null) return;
    if (!this.#full && room.freeBytes < RESERVE_BYTES) this.#close(room.freeBytes);
    else if (this.#full && room.freeBytes >= ROOM_BYTES && this.#options.now() >= this.#notBefore) {
      this.#full = false;
      this.#options.onRoom?.();
    }
    this.#changed.notify();
  }

  /** Resolves when there is room for something new. @throws the reason of the abort */
  async pass(signal: AbortSignal): Promise<void> {
    const wake = () => this.#changed.notify();
    signal.addEventListener('abort', wake, { once: true });
    try {
      await this.#changed.until(() => signal.aborted || !this.#full);
    } finally {
      signal.removeEventListener('abort', wake);
    }
    signal.throwIfAborted();
  }

  /**
   * Does a write that is whole or not at all, and does it again when there was no room for it, once there is.
   * @throws `QuotaExceededError` when it is given up because of the signal; whatever else the write throws.
   */
  async write<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (thrown) {
        if (!(thrown instanceof Error && thrown.name === 'QuotaExceededError') || signal.aborted)
          throw thrown;
        this.#notBefore = this.#options.now() + AFTER_REFUSAL_MS;
        if (!this.#full) this.#close(null);
        await this.pass(signal).catch(() => {
          throw thrown;
        });
      }
    }
  }

  #close(freeBytes: number | null): void {
    this.#full = true;
    this.#options.onFull?.(freeBytes);
  }
}
