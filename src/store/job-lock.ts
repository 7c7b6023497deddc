import { JobError } from '../core/job-error.ts';

const PREFIX = 'millrace-job-';

/**
 * Runs `task` as the only one in this origin that works on the job. Holding a Web Lock also keeps Chromium from freezing
 * the page (developer.chrome.com/blog/freezing-on-energy-saver).
 * @throws JobError `STATE_BUSY` when another tab or worker has it.
 */
export async function withJobLock<T>(jobId: string, task: () => Promise<T>): Promise<T> {
  return navigator.locks.request(PREFIX + jobId, { ifAvailable: true }, async (lock) => {
    if (lock === null) {
      throw new JobError('STATE_BUSY', `Job ${jobId} is running in another tab or window.`, {
        hint: 'Watch it there, or close that one first.',
      });
    }
    return task();
  });
}

/** Ids of the jobs that any tab or worker of this origin works on at the moment. */
export async function jobsAtWork(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(
    held.flatMap(({ name }) => (name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : [])),
  );
}

/** Resolves when nobody works on the job any more, however that came: a closed tab and a killed process count. */
export async function untilJobIsFree(jobId: string, signal: AbortSignal): Promise<void> {
  await navigator.locks.request(PREFIX + jobId, { signal, mode: 'shared' }, () => undefined);
}
