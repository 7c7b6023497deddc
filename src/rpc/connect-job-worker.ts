import type { JobApi } from '../core/job-api.ts';
import { connectWorker } from './connect-worker.ts';
import type { WorkerPort } from './worker-port.ts';

/** It hands out work and never blocks for more than moments; a slow machine may make it wait for a while. */
const PULSE_LIMITS = { everyMs: 10_000, missed: 6 };

/** Starts the job worker, which starts all the others. */
export function connectJobWorker(): WorkerPort<JobApi> {
  const worker = new Worker(new URL('../../workers/job.ts', import.meta.url), {
    type: 'module',
    name: 'millrace-job',
  });
  return connectWorker<JobApi>(worker, 'job worker', { pulse: PULSE_LIMITS });
}
