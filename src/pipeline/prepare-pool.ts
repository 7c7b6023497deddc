import { JobError, toJobError } from '../core/job-error.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';
import type { WorkerPort, WorkerSpawner } from '../rpc/worker-port.ts';
import { sleep } from '../util/sleep.ts';
import { withTimeout } from '../util/with-timeout.ts';
import type { PrepareApi, PreparedChunk } from './ports.ts';
import { dispositionOf, RESTART_DELAYS_MS, Watchdog } from './recovery.ts';

/** A chunk that takes longer than this, or than many times the slowest one lately, is taken for a hung worker. */
const LIMITS = { floorMs: 30_000, ceilingMs: 5 * 60_000, factor: 50 };

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
 * replaced, and what it had is prepared again.
 */
export class PreparePool {
  readonly #options: PreparePoolOptions;
  readonly #members: Member[];
  readonly #watchdog = new Watchdog(LIMITS);
  #closed = false;

  private constructor(options: PreparePoolOptions) {
    this.#options = options;
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

  /** @param read gives what the task reads, once more for each attempt: it is moved to the worker */
  async prepare(read: () => Promise<ArrayBuffer>, chunk: number): Promise<PreparedChunk> {
    let last: JobError | null = null;
    for (const delayMs of RESTART_DELAYS_MS) {
      if (delayMs > 0) await sleep(delayMs);
      const member = this.#members.reduce((least, each) => (each.load < least.load ? each : least));
      const { port } = member;
      member.load++;
      try {
        return await this.#run(await port, await read(), chunk);
      } catch (thrown) {
        last = toJobError(thrown);
        if (this.#closed || dispositionOf(last) !== 'replace') throw thrown;
        this.#replace(member, port, last);
      } finally {
        member.load--;
      }
    }
    const message = `Chunk ${chunk} could not be prepared, on ${RESTART_DELAYS_MS.length} workers one after the other: ${last!.message}`;
    throw new JobError('WORKER_CRASHED', message, { cause: last });
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

  #start(): Promise<WorkerPort<PrepareApi>> {
    const { spawn, task, model } = this.#options;
    const port = spawn();
    const started = port.api.init(task, model).then(
      () => port,
      (thrown: unknown) => {
        port.terminate();
        throw thrown;
      },
    );
    // Thrown to whoever has a chunk for it.
    started.catch(() => undefined);
    return started;
  }
}

function end(port: Promise<WorkerPort<PrepareApi>>): void {
  port.then(({ terminate }) => terminate()).catch(() => undefined);
}
