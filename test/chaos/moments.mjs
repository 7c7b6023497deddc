// @ts-check
import { setTimeout as delay } from 'node:timers/promises';

/** The product commits at least so often while there is something to commit. */
export const COMMIT_EVERY_MS = 500;

/** @typedef {import('./cli-run.mjs').CliRun} CliRun @typedef {import('./plan-faults.mjs').PlannedFault} PlannedFault */

const ORDER = ['start', 'ingest', 'batch', 'commit', 'export'];

/**
 * Where in the queue the next fault is that can still hit this process; -1 when there is none. One for the export has its
 * turn when the job has come there: it would keep all others waiting.
 * @param {readonly PlannedFault[]} queue @param {CliRun} run
 */
export function nextFault(queue, run) {
  const from = run.phase === 'start' ? 0 : run.phase === 'compute' ? 1 : 4;
  const index = queue.findIndex(({ moment }) => ORDER.indexOf(moment) >= from && moment !== 'export');
  return index === -1 ? queue.findIndex(({ moment }) => moment === 'export') : index;
}

/**
 * Waits for the moment. False when the process ended, or is past it.
 * @param {CliRun} run @param {PlannedFault} fault @param {() => number} random
 */
export async function untilMoment(run, { moment }, random) {
  if (moment === 'start') {
    await delay(random() * 1500);
    return run.running;
  }
  if (moment === 'export') {
    if (!(await run.until(() => run.phase === 'export'))) return false;
    await delay(random() * 300);
    return run.running;
  }
  if (!(await run.until(() => run.phase !== 'start'))) return false;
  if (moment === 'ingest') {
    await delay(random() * 400);
  } else {
    const rows = run.rowsDone;
    if (!(await run.until(() => run.rowsDone > rows || run.phase === 'export'))) return false;
    // A commit is told with the next progress; the one behind it comes about this long after.
    await delay(moment === 'commit' ? COMMIT_EVERY_MS - 100 + random() * 200 : random() * 400);
  }
  return run.running && run.phase === 'compute';
}
