import { JobError, toJobError } from '../core/job-error.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';
import type { WorkerPort, WorkerSpawner } from '../rpc/worker-port.ts';
import { sleep } from '../util/sleep.ts';
import { withTimeout } from '../util/with-timeout.ts';
import type { PrepareApi, PreparedChunk } from './ports.ts';
import { prepareApart } from './prepare-apart.ts';
import { isWorkersFault, RESTART_DELAYS_MS, Watchdog } from './recovery.ts';

/** A chunk that takes longer than this, or than many times the slowest one lately, is taken for a hung worker. */
const LIMITS = { floorMs: 30_000, ceilingMs: 2 * 60_000, factor: 50 };
/** Reading a tokenizer of megabytes takes seconds. */
const START_MS = 5 * 60_000;
/** Workers of the pool that may fail with a chunk before it is looked at by itself. */
const SHARED_ATTEMPTS = 2;
/** The largest pictures take seconds each. */
const IMAGE_LIMITS = { ...LIMITS, floorMs: 3 * 60_000, ceilingMs: 10 * 60_000 };

type Member = { port: Promise<WorkerPort<PrepareApi>>; load: number };

export type PreparePoolOptions = {
  readonly spawn: WorkerSpawner<PrepareApi>;
  readonly size: number;
  readonly task: JobSpec['task'];
  readonly model: ModelInfo;
  /** Told when a worker is replaced, and why. */
  readonly onRestart?: (reason: JobError) => void;
};

/**
 * A fixed number of preprocess workers; a chunk goes to the one with the least to do. One that crashes or hangs is
 * replaced, and what it had is prepared again. A chunk that two workers do not survive is prepared apart, down to the row.
 */
export class PreparePool {
  readonly #options: PreparePoolOptions;
  readonly #members: Member[];
  readonly #watchdog: Watchdog;
  #closed = false;

  private constructor(options: PreparePoolOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(options.model.image === undefined ? LIMITS : IMAGE_LIMITS);
    this.#members = Array.from({ length: options.size }, () => ({ port: this.#start(), load: 0 }));
  }

  /** @throws JobError when the tokenizer cannot be made. */
  static async start(options: PreparePoolOptions): Promise<PreparePool> {
    const pool = new PreparePool(options);
    const started = await Promise.allSettled(pool.#members.map(({ port }) => port));
    for (const each of started) {
      if (each.status === 'fulfilled') continue;
      pool.close();
      throw each.reason;
    }
    return pool;
  }

  /**
   * @param read gives what the task reads, once more for each attempt: it is moved to the worker
   * @returns the chunk, in several parts when one of its rows had to be found
   */
  async prepare(read: () => Promise<ArrayBuffer>, chunk: number): Promise<readonly PreparedChunk[]> {
    const { limitMs } = this.#watchdog;
    for (const delayMs of RESTART_DELAYS_MS.slice(0, SHARED_ATTEMPTS)) {
      if (delayMs > 0) await sleep(delayMs);
      const member = this.#members.reduce((least, each) => (each.load < least.load ? each : least));
      const { port } = member;
      member.load++;
      try {
        return [await this.#run(await port, await read(), chunk)];
      } catch (thrown) {
        const reason = toJobError(thrown);
        if (this.#closed || !isWorkersFault(reason)) throw thrown;
        this.#replace(member, port, reason);
      } finally {
        member.load--;
      }
    }
    return prepareApart(await read(), chunk, { start: () => this.#start(), limitMs });
  }

  close(): void {
    this.#closed = true;
    for (const { port } of this.#members) end(port);
  }

  async #run(port: WorkerPort<PrepareApi>, read: ArrayBuffer, chunk: number): Promise<PreparedChunk> {
    const { limitMs } = this.#watchdog;
    const hung = () => {
      this.#watchdog.alarm();
      const message = `The preprocess worker took longer than ${Math.round(limitMs / 1000)} s for a chunk.`;
      return new JobError('WORKER_CRASHED', message);
    };
    const prepared = await withTimeout(port.api.prepare(read, chunk), limitMs, hung);
    this.#watchdog.measured(prepared.prepareMs);
    return prepared;
  }

  /** Several chunks may be at a worker when it fails: the first one that sees it replaces it. */
  #replace(member: Member, failed: Promise<WorkerPort<PrepareApi>>, reason: JobError): void {
    if (member.port !== failed) return;
    end(failed);
    member.port = this.#start();
    this.#options.onRestart?.(reason);
  }

  /** A worker that is ready, also when others before it fail as they start. */
  #start(): Promise<WorkerPort<PrepareApi>> {
    const started = this.#tryToStart();
    // Thrown to whoever has a chunk for it.
    started.catch(() => undefined);
    return started;
  }

  async #tryToStart(): Promise<WorkerPort<PrepareApi>> {
    const { spawn, task, model } = this.#options;
    const hung = () => new JobError('WORKER_CRASHED', 'A preprocess worker did not start.');
    let last: unknown = null;
    for (const delayMs of RESTART_DELAYS_MS) {
      if (delayMs > 0) await sleep(delayMs);
      if (this.#closed) throw new JobError('ABORTED', 'The pool was closed.');
      const port = spawn();
      try {
        await withTimeout(port.api.init(task, model), START_MS, hung);
        return port;
      } catch (thrown) {
        port.terminate();
        last = thrown;
        if (!isWorkersFault(toJobError(thrown))) break;
      }
    }
    throw last;
  }
}

function end(port: Promise<WorkerPort<PrepareApi>>): void {
  port.then(({ terminate }) => terminate()).catch(() => undefined);
}
