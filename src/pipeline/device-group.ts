import type { BatchInput, BatchRun } from '../core/batch.ts';
import type { DeviceLoadRequest, LoadedModel } from '../core/device-info.ts';
import { JobError, toJobError } from '../core/job-error.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { DeviceSession } from './device-session.ts';
import type { ModelDevice } from './model-device.ts';

type Member = { readonly session: DeviceSession; inFlight: number };
type Waiter = { readonly resolve: (member: Member) => void; readonly reject: (error: JobError) => void };

export type DeviceGroupOptions = {
  /** Not loaded yet; at least one. */
  readonly sessions: readonly DeviceSession[];
  /** Batches that one worker may hold: those that it runs, and those that wait there so that it never does. */
  readonly depth: number;
  /** Told when a worker beside the first cannot load the model: the job goes on with fewer. */
  readonly onFewer: (reason: JobError) => void;
};

/**
 * Workers with the same model, each on a batch of its own. The first is loaded before anything runs; the others follow
 * once there is more to run than those that are ready can take, so a small job pays for one. A batch that no worker has
 * room for waits here, and goes to the first one that has.
 */
export class DeviceGroup implements ModelDevice {
  readonly #options: DeviceGroupOptions;
  readonly #unstarted: DeviceSession[];
  readonly #ready: Member[] = [];
  readonly #waiting: Waiter[] = [];
  #starting = 0;
  #closed = false;

  constructor(options: DeviceGroupOptions) {
    if (options.sessions.length === 0) throw new RangeError('a group needs at least one session');
    this.#options = options;
    this.#unstarted = [...options.sessions];
  }

  /** Loads the model on the first worker. @throws JobError when it cannot be loaded. */
  async load(): Promise<LoadedModel> {
    const first = this.#options.sessions[0]!;
    const loaded = await first.load();
    if (this.#unstarted[0] === first) {
      this.#unstarted.shift();
      this.#ready.push({ session: first, inFlight: 0 });
    }
    return loaded;
  }

  get request(): DeviceLoadRequest {
    return this.#options.sessions[0]!.request;
  }

  get output(): ResultOutput {
    return this.#options.sessions[0]!.output;
  }

  /** Those that the job may have; they are started as they are needed. */
  get workers(): number {
    return this.#options.sessions.length;
  }

  /** Batches that all workers together may hold. */
  get maxInFlight(): number {
    return this.#options.sessions.length * this.#options.depth;
  }

  /** Runs a batch on the worker that has least to do. When it throws, the others on the same worker throw too. */
  async run(input: BatchInput): Promise<BatchRun> {
    const member = await this.#take();
    try {
      return await member.session.run(input);
    } finally {
      member.inFlight--;
      this.#serve();
    }
  }

  /** Ends all workers; what is in flight or waits is rejected. */
  close(): void {
    this.#closed = true;
    for (const session of this.#options.sessions) session.close();
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new JobError('ABORTED', 'The device was closed.'));
    }
  }

  async #take(): Promise<Member> {
    const taken = new Promise<Member>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#serve();
    return taken;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const member = this.#leastBusy();
      if (member === null || member.inFlight > 0) this.#startMore();
      if (member === null || member.inFlight >= this.#options.depth) return;
      member.inFlight++;
      this.#waiting.shift()!.resolve(member);
    }
  }

  #leastBusy(): Member | null {
    let least: Member | null = null;
    for (const member of this.#ready) {
      if (least === null || member.inFlight < least.inFlight) least = member;
    }
    return least;
  }

  /** As many at once as are ready: those that run already leave the others' loading some of the machine. */
  #startMore(): void {
    while (!this.#closed && this.#unstarted.length > 0 && this.#starting < this.#ready.length) {
      const session = this.#unstarted.shift()!;
      this.#starting++;
      void this.#start(session);
    }
  }

  async #start(session: DeviceSession): Promise<void> {
    try {
      await session.load();
      this.#ready.push({ session, inFlight: 0 });
    } catch (thrown) {
      session.close();
      // Short of memory, the next one would fail too.
      this.#unstarted.length = 0;
      if (!this.#closed) this.#options.onFewer(toJobError(thrown));
    } finally {
      this.#starting--;
      this.#serve();
    }
  }
}
