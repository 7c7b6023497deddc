import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const MIB = 2 ** 20;
/** With less than this free the job is paused: enough for what is in flight, for the browser, and for the system. */
const RESERVE_BYTES = 512 * MIB;
/** What has to be free to go on. */
const ROOM_BYTES = 768 * MIB;
const LOOK_EVERY_MS = 2000;

export type DiskWatchOptions = {
  readonly freeBytes: () => Promise<number>;
  /** Waits between two looks; ends with the signal. */
  readonly wait?: (signal: AbortSignal) => Promise<void>;
};

/** Watches how much the disk of the state directory has left, which the browser does not tell the page. */
export class DiskWatch {
  readonly #freeBytes: () => Promise<number>;
  readonly #wait: (signal: AbortSignal) => Promise<void>;

  constructor({ freeBytes, wait = waitABit }: DiskWatchOptions) {
    this.#freeBytes = freeBytes;
    this.#wait = wait;
  }

  /** Resolves with what is free when that is too little; with null when the signal is aborted before. */
  async untilFull(signal: AbortSignal): Promise<number | null> {
    return this.#until((free) => free < RESERVE_BYTES, signal);
  }

  /** Resolves when there is room again, or when the signal is aborted. */
  async untilRoom(signal: AbortSignal): Promise<void> {
    await this.#until((free) => free >= ROOM_BYTES, signal);
  }

  async #until(ready: (free: number) => boolean, signal: AbortSignal): Promise<number | null> {
    while (!signal.aborted) {
      // A file system that cannot be asked has room until a write fails.
      const free = await this.#freeBytes().catch(() => Infinity);
      if (ready(free)) return free;
      await this.#wait(signal);
    }
    return null;
  }
}

async function waitABit(signal: AbortSignal): Promise<void> {
  await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Bytes that the disk with this folder has free for this user. */
export async function diskFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
