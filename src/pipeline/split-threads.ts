import type { ExecutionProvider } from '../core/device-info.ts';

/** Most threads of one session: beyond, the parts of a matrix get so small that the threads wait for each other. */
const MAX_THREADS_A_SESSION = 8;
/** Share of the machine's memory that all copies of the weights may take; a session needs two to three times as much. */
const WEIGHTS_SHARE = 1 / 8;

export type ThreadSplit = {
  /** Workers that run batches side by side, each with a copy of the weights. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
};

/**
 * How the threads of a job are used. On the CPU, workers of one thread each that run different batches never wait for each
 * other, while threads that share a batch meet after every matrix: with a MiniLM-shaped model two workers of one thread
 * did 1.11 to 1.23 times the tokens of one worker of two (`npm run bench`). Each worker has its own copy of the weights,
 * so a large model gets fewer workers with more threads. A GPU has one worker: its threads only load the model.
 *
 * @param threads all that the job may use, at least 1
 * @param memoryBytes of the machine
 */
export function splitThreads(
  provider: ExecutionProvider,
  threads: number,
  weightBytes: number,
  memoryBytes: number,
): ThreadSplit {
  if (provider === 'webgpu') return { workers: 1, threads };
  const copies = Math.max(1, Math.floor((memoryBytes * WEIGHTS_SHARE) / Math.max(1, weightBytes)));
  let best: ThreadSplit = { workers: 1, threads: Math.min(MAX_THREADS_A_SESSION, threads) };
  for (let workers = 2; workers <= Math.min(copies, threads); workers++) {
    const each = Math.min(MAX_THREADS_A_SESSION, Math.floor(threads / workers));
    if (workers * each >= best.workers * best.threads) best = { workers, threads: each };
  }
  return best;
}
