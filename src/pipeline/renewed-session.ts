import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import { type JobError, toJobError } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { Mutex } from '../util/mutex.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import { checkSameModel, type DeviceSession } from './device-session.ts';
import type { LoadableDevice } from './model-device.ts';
import { WorkerWear, type WearLimits } from './worker-wear.ts';

export type RenewalOptions = {
  /** Makes a session, not loaded yet. */
  readonly open: () => DeviceSession;
  readonly limits: WearLimits;
  /** Load the fresh worker while the old one still runs: no wait, but two copies of the model for a moment. */
  readonly overlap: boolean;
  /** Held while a worker is replaced: of several side by side one at a time. */
  readonly turn: Mutex;
  readonly onRenewed: (reason: string) => void;
  /** A fresh worker could not be loaded; the job goes on with the one that it has. */
  readonly onKept: (error: JobError) => void;
};

/** A session, and what has become of it. */
type Term = {
  readonly session: DeviceSession;
  wear: WorkerWear;
  inFlight: number;
  /** Its model is known to be the one that the job was begun with. */
  verified: boolean;
};

/**
 * A device session that is replaced by a fresh one after so much work, or when its memory has grown, between two batches:
 * what is in flight on the old worker ends there. WebAssembly memory never shrinks and only ending a worker returns it.
 */
export class RenewedSession implements LoadableDevice {
  readonly #options: RenewalOptions;
  readonly #changed = new ChangeSignal();
  readonly #open = new Set<DeviceSession>();
  #current: Term;
  #loaded: LoadedModel | null = null;
  /** New batches wait while the old worker is emptied to make room. */
  #paused = false;
  #renewing = false;
  #closed = false;
  #renewals = 0;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#current = this.#begin();
  }

  get request(): DeviceLoadRequest {
    return this.#current.session.request;
  }

  /** What each row's result is, once loaded. */
  get output(): ResultOutput {
    if (this.#loaded === null) throw new TypeError('the model is not loaded yet');
    return this.#loaded.output;
  }

  /** Fresh workers that took the place of old ones. */
  get renewals(): number {
    return this.#renewals;
  }

  /** Loads the model for the first time. @throws JobError when it cannot be loaded. */
  async load(): Promise<LoadedModel> {
    const term = this.#current;
    this.#loaded ??= await term.session.load();
    term.verified = true;
    return this.#loaded;
  }

  /** Runs a batch; several may be in flight. When it throws, every other one in flight on the same worker throws too. */
  async run(input: BatchInput): Promise<BatchRun> {
    await this.#changed.until(() => !this.#paused);
    const term = this.#current;
    term.inFlight++;
    try {
      const run = await term.session.run(input);
      if (!term.verified) await this.#verify(term);
      term.wear.add(run.cost.memory);
      this.#renewWhenWorn(term);
      return run;
    } finally {
      term.inFlight--;
      this.#changed.notify();
    }
  }

  /** Ends every worker; what is in flight is rejected. */
  close(): void {
    this.#closed = true;
    for (const session of this.#open) session.close();
    this.#open.clear();
  }

  #begin(): Term {
    const session = this.#options.open();
    this.#open.add(session);
    return { session, wear: new WorkerWear(this.#options.limits), inFlight: 0, verified: false };
  }

  #end({ session }: Term): void {
    session.close();
    this.#open.delete(session);
  }

  #renewWhenWorn(term: Term): void {
    const { reason } = term.wear;
    if (reason === null || this.#renewing || this.#closed || term !== this.#current) return;
    this.#renewing = true;
    const { overlap, turn, onRenewed, onKept } = this.#options;
    void turn
      .run(() => (overlap ? this.#loadThenSwitch(term) : this.#emptyThenSwitch(term)))
      .then(
        (switched) => {
          if (!switched) return;
          this.#renewals++;
          onRenewed(reason);
        },
        (thrown: unknown) => {
          // After as much work again.
          term.wear = new WorkerWear(this.#options.limits);
          if (!this.#closed) onKept(toJobError(thrown));
        },
      )
      .finally(() => (this.#renewing = false));
  }

  async #loadThenSwitch(old: Term): Promise<boolean> {
    if (this.#closed) return false;
    const fresh = this.#begin();
    try {
      await this.#verify(fresh);
    } catch (thrown) {
      this.#end(fresh);
      throw thrown;
    }
    if (this.#closed) return false;
    this.#current = fresh;
    await this.#emptied(old);
    return true;
  }

  /** The fresh worker is loaded by its first batch, which tries several times, as after a failure. */
  async #emptyThenSwitch(old: Term): Promise<boolean> {
    if (this.#closed) return false;
    this.#paused = true;
    await this.#emptied(old);
    if (!this.#closed) this.#current = this.#begin();
    this.#paused = false;
    this.#changed.notify();
    return !this.#closed;
  }

  /** @throws JobError `JOB_MISMATCH` when the files of the model are no longer what they were. */
  async #verify(term: Term): Promise<void> {
    checkSameModel(this.#loaded, await term.session.load());
    term.verified = true;
  }

  async #emptied(old: Term): Promise<void> {
    await this.#changed.until(() => old.inFlight === 0 || this.#closed);
    this.#end(old);
  }
}
