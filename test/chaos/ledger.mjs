// @ts-check
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** @typedef {import('./plan-faults.mjs').PlannedFault} PlannedFault */
/**
 * @typedef {{
 *   readonly name: string,
 *   readonly moment: string,
 *   readonly ended: boolean,
 *   readonly secondsToRun: number | null,
 *   readonly rowsRepeated: number,
 *   readonly shareOfInterval: number,
 *   readonly rowsLost: number,
 * }} Injected
 * `ended`: the command ended by it, and was started again. `secondsToRun`: null when the next fault came before it ran again.
 * `rowsRepeated`: computed before the fault, and again after it. `shareOfInterval`: the same, as a share of what is computed
 * within a commit interval.
 */

/** What a campaign did so far. With a file, an interrupted one goes on where it was. */
export class Ledger {
  /** @type {Injected[]} */
  injected = [];
  /** @type {string[]} */
  failures = [];
  jobs = 0;
  hangs = 0;
  seconds = 0;
  #path;

  /** @param {string | null} path @param {string} plan what the file must be of: seed and counts */
  constructor(path, plan) {
    this.#path = path;
    if (path === null) return;
    if (!existsSync(path)) this.#write({ plan });
    const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    if (JSON.parse(head ?? '{}').plan !== plan) throw new Error(`${path} is of another campaign: remove it`);
    for (const line of lines) {
      const { fault, job, seconds } = JSON.parse(line);
      if (fault !== undefined) this.injected.push(fault);
      if (job !== undefined) this.jobs++;
      this.seconds += seconds ?? 0;
    }
  }

  /** Those of the plan that are not done yet. @param {readonly PlannedFault[]} planned */
  missing(planned) {
    const done = [...this.injected];
    return planned.filter(({ name, moment }) => {
      const index = done.findIndex((each) => each.name === name && each.moment === moment);
      if (index !== -1) done.splice(index, 1);
      return index === -1;
    });
  }

  /** @param {Injected} fault */
  record(fault) {
    this.injected.push(fault);
    this.#write({ fault });
  }

  /** A job that was brought to its end and compared. @param {string} job */
  done(job) {
    this.jobs++;
    this.#write({ job });
  }

  /** @param {number} seconds */
  took(seconds) {
    this.seconds += seconds;
    this.#write({ seconds });
  }

  /** @param {string} what */
  fail(what) {
    this.failures.push(what);
  }

  /** @param {object} line */
  #write(line) {
    if (this.#path !== null) appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}
