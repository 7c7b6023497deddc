import type { JobError, JobErrorCode } from '../core/job-error.ts';

/**
 * What is done about an error while a job runs.
 * - `halve`: too large: the batch is halved, and so is the budget of what is planned from now on.
 * - `isolate`: whose fault it is is not known: a fresh worker runs the batch alone; failing again, it is halved down to the row.
 * - `replace`: the worker's own trouble: a fresh one does the same work again; a batch is then isolated, as one that kills
 *   every worker must be found.
 * - `stop`: neither another worker nor a smaller batch mends it. What is computed is committed.
 */
export type Disposition = 'halve' | 'isolate' | 'replace' | 'stop';

const DISPOSITIONS: Readonly<Record<JobErrorCode, Disposition>> = {
  DEVICE_OUT_OF_MEMORY: 'halve',
  DEVICE_RUN_FAILED: 'isolate',
  INTERNAL: 'isolate',
  DEVICE_LOST: 'replace',
  DEVICE_TIMEOUT: 'replace',
  WORKER_CRASHED: 'replace',
  SPEC_INVALID: 'stop',
  INPUT_NOT_FOUND: 'stop',
  INPUT_EMPTY: 'stop',
  INPUT_CHANGED: 'stop',
  INPUT_FORMAT: 'stop',
  INPUT_NEEDED: 'stop',
  COLUMN_MISSING: 'stop',
  MODEL_NOT_FOUND: 'stop',
  MODEL_FILE_MISSING: 'stop',
  MODEL_INVALID: 'stop',
  MODEL_UNSUPPORTED: 'stop',
  JOB_MISMATCH: 'stop',
  JOB_NOT_FOUND: 'stop',
  JOB_UNFINISHED: 'stop',
  STATE_LOST: 'stop',
  STATE_BUSY: 'stop',
  STORE_CORRUPT: 'stop',
  QUOTA_EXCEEDED: 'stop',
  DEVICE_UNAVAILABLE: 'stop',
  DEVICE_DISAGREES: 'stop',
  DEVICE_UNSTABLE: 'stop',
  QUARANTINE_LIMIT: 'stop',
  BROWSER_NOT_FOUND: 'stop',
  BROWSER_FAILED: 'stop',
  EXPORT_FAILED: 'stop',
  OUTPUT_EXISTS: 'stop',
  OFFLINE_UNPROVEN: 'stop',
  ABORTED: 'stop',
};

export function dispositionOf({ code }: Pick<JobError, 'code'>): Disposition {
  return DISPOSITIONS[code];
}

/** True when a fresh worker may do what this one could not: it ended, or had no memory, or it is not known what was wrong. */
export function isWorkersFault(error: Pick<JobError, 'code'>): boolean {
  const disposition = dispositionOf(error);
  return disposition === 'replace' || disposition === 'isolate';
}

/** Waits before each fresh worker that follows one which failed; after the last one it is given up. */
export const RESTART_DELAYS_MS: readonly number[] = [0, 1_000, 5_000];

/** Crashes within a time, by a clock that is given. */
export class CrashLimit {
  readonly #now: () => number;
  readonly #most: number;
  readonly #withinMs: number;
  #times: number[] = [];

  /** @param now milliseconds @param most so many within `withinMs` are too many */
  constructor(now: () => number, most: number, withinMs: number) {
    this.#now = now;
    this.#most = most;
    this.#withinMs = withinMs;
  }

  /** @returns true when this one is too many */
  crashed(): boolean {
    const at = this.#now();
    this.#times = [...this.#times.filter((time) => at - time < this.#withinMs), at];
    return this.#times.length >= this.#most;
  }
}

/** Device losses that no one asked for: the GPU process crashed, or the driver was reset. */
export function isGpuCrash({ code, details }: JobError): boolean {
  return code === 'DEVICE_LOST' && details['lost'] === 'unknown';
}

export type WatchdogOptions = {
  /** Never takes less than this for a hang: a busy machine stalls for seconds. */
  readonly floorMs: number;
  /** Takes this for a hang, however slow work was; and before any is measured. */
  readonly ceilingMs: number;
  /** So many times what work took lately. */
  readonly factor: number;
};

/** What a measured time loses of its weight with each one that follows. */
const FORGET = 0.9;

/**
 * How long work may take before its worker is taken for hung: a multiple of what it took lately. After each alarm twice as
 * long, as it may have been a false one, up to the ceiling.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #lately = 0;
  #alarms = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  get limitMs(): number {
    const { floorMs, ceilingMs, factor } = this.#options;
    if (this.#lately === 0) return ceilingMs;
    return Math.min(ceilingMs, Math.max(floorMs, factor * this.#lately) * 2 ** this.#alarms);
  }

  measured(ms: number): void {
    this.#lately = Math.max(ms, this.#lately * FORGET, 1);
  }

  alarm(): void {
    this.#alarms++;
  }
}
