import { JobError, toJobError } from '../core/job-error.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import { sleep } from '../util/sleep.ts';
import { dispositionOf, RESTART_DELAYS_MS } from './recovery.ts';

export type FreshWorkerOptions = {
  /** For messages: `The export worker`. */
  readonly name: string;
  /** A worker that gives no sign of life for so long is taken for hung. */
  readonly silentMs: number;
  /** Ends the worker at once, and the call with the signal's reason. */
  readonly stop?: AbortSignal;
};

/**
 * Does one thing on a worker of its own, which is ended afterwards. When the worker crashes or hangs, a fresh one does it
 * anew, a few times; what it throws by itself is thrown at once.
 * @param task is told how to give a sign of life
 */
export async function onFreshWorker<Api, Result>(
  spawn: WorkerSpawner<Api>,
  options: FreshWorkerOptions,
  task: (api: Api, alive: () => void) => Promise<Result>,
): Promise<Result> {
  let last: JobError | null = null;
  for (const delayMs of RESTART_DELAYS_MS) {
    if (delayMs > 0) await sleep(delayMs);
    try {
      return await once(spawn, options, task);
    } catch (thrown) {
      last = toJobError(thrown);
      if (dispositionOf(last) !== 'replace') throw thrown;
    }
  }
  throw last!;
}

async function once<Api, Result>(
  spawn: WorkerSpawner<Api>,
  { name, silentMs, stop }: FreshWorkerOptions,
  task: (api: Api, alive: () => void) => Promise<Result>,
): Promise<Result> {
  const port = spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<Result>((resolve, reject) => {
      const alive = () => {
        clearTimeout(timer);
        const message = `${name} has not been heard of for ${Math.round(silentMs / 1000)} s.`;
        timer = setTimeout(() => reject(new JobError('WORKER_CRASHED', message)), silentMs);
      };
      alive();
      stop?.addEventListener('abort', () => reject(stop.reason), { once: true });
      task(port.api, alive).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    port.terminate();
  }
}
