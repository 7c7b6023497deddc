// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CdpClient, forgetDebugPort } from './cdp-client.mjs';
import { CliRun } from './cli-run.mjs';
import { FAULTS } from './faults.mjs';

/** The product commits at least so often while there is something to commit. */
export const COMMIT_EVERY_MS = 500;
/** Attempts to go on with a job after a fault, before it counts as lost. */
const MOST_RESUMES = 4;

/** @typedef {import('./plan-faults.mjs').PlannedFault} PlannedFault */
/**
 * @typedef {{
 *   readonly name: string,
 *   readonly moment: string,
 *   readonly ended: boolean,
 *   readonly secondsToRun: number | null,
 *   readonly rowsRepeated: number | null,
 *   readonly rowsLost: number,
 * }} Injected
 * `ended`: the command ended by it, and was started again. `rowsRepeated`: at most so many were computed and not committed.
 */

/** Jobs of one kind under fire: begun, hit, resumed and compared, until every planned fault was injected. */
export class Campaign {
  /** @type {Injected[]} */
  injected = [];
  /** @type {string[]} */
  failures = [];
  jobs = 0;

  /**
   * @param {{
   *   readonly folder: string,
   *   readonly input: string,
   *   readonly runArgs: readonly string[],
   *   readonly faults: PlannedFault[],
   *   readonly random: () => number,
   *   readonly log: (line: string) => void,
   *   readonly deadline: number,
   * }} options
   */
  constructor(options) {
    this.options = options;
    this.stateDir = join(options.folder, 'state');
    this.queue = [...options.faults];
  }

  /** @param {Buffer} expected bytes of an uninterrupted run */
  async run(expected) {
    while (this.queue.length > 0 && this.failures.length === 0) {
      if (performance.now() > this.options.deadline) {
        this.options.log(`out of time: ${this.queue.length} faults were not injected`);
        return;
      }
      const before = this.injected.length;
      await this.#job(expected);
      // None of what is left can be injected into such a job.
      if (this.injected.length === before && this.queue.every(({ name }) => this.skipped.has(name))) return;
    }
  }

  skipped = new Set();

  /** @param {Buffer} expected */
  async #job(expected) {
    const { folder, input, runArgs, log } = this.options;
    const name = `job-${this.jobs++}`;
    const out = join(folder, `${name}.parquet`);
    let args = ['run', input, ...runArgs, '--name', name, '--out', out, '--state-dir', this.stateDir];
    const resume = ['resume', name, '--state-dir', this.stateDir];
    let failed = 0;
    /** @type {{ at: number, fault: PlannedFault, rows: number, repeated: number | null } | null} */
    let down = null;
    for (;;) {
      forgetDebugPort(join(this.stateDir, 'profile'));
      const run = new CliRun(args);
      const watching = this.#watchRecovery(run, down);
      const hits = await this.#hit(run);
      const code = await run.ended;
      await watching;
      for (const putBack of hits.putBack) putBack();
      if (run.hung) return this.#fail(`${name} hung after ${hits.last?.name ?? 'a start'}`, run);
      const partial = existsSync(out) && !readFileSync(out).equals(expected);
      if (partial && code !== 0) return this.#fail(`${name}: an output of a job that is not done`, run);
      if (code === 0) break;
      if (code === 2 && !hits.mayBeRefused)
        return this.#fail(`${name} was refused, and nothing had changed`, run);
      failed = hits.last === null ? failed + 1 : 0;
      if (failed > MOST_RESUMES) return this.#fail(`${name} does not go on`, run);
      if (hits.last !== null) {
        // It seemed to go on, and ended by it after all.
        this.injected = this.injected.filter((each) => each !== hits.survived);
        const repeated = hits.lastWasComputing ? hits.lastRepeated : 0;
        down = { at: hits.lastAt, fault: hits.last, rows: run.rowsDone, repeated };
        log(`${name}: ${hits.last.name} (${hits.last.moment}) at ${run.rowsDone} rows, exit ${code}`);
      }
      // With no row read there is nothing that a change could contradict.
      if (run.rowsDone > 0) await this.#changeInput(resume);
      args = resume;
      if (run.events.length === 0 || run.last('job') === null) {
        // It was killed before it was known by its name.
        if (!existsSync(join(this.stateDir, 'jobs', `${name}.json`)))
          args = ['run', input, ...runArgs, '--name', name, '--out', out, '--state-dir', this.stateDir];
      }
    }
    if (!readFileSync(out).equals(expected)) this.failures.push(`${name}: the output differs, see ${out}`);
    else log(`${name}: the same bytes`);
    const removed = new CliRun(['rm', name, '--state-dir', this.stateDir]);
    await removed.ended;
  }

  /** Injects what is due while the process runs. @param {CliRun} run */
  async #hit(run) {
    /** @type {{ last: PlannedFault | null, lastAt: number, lastRepeated: number | null, lastWasComputing: boolean, survived: Injected | null, mayBeRefused: boolean, putBack: (() => void)[] }} */
    const hits = {
      last: null,
      lastAt: 0,
      lastRepeated: null,
      lastWasComputing: false,
      survived: null,
      mayBeRefused: false,
      putBack: [],
    };
    const cdp = await CdpClient.connect(join(this.stateDir, 'profile'), () => !run.running);
    if (cdp === null) return hits;
    try {
      for (;;) {
        const fault = this.#next(run);
        if (fault === null || !(await this.#moment(run, fault))) break;
        const scene = {
          run,
          cdp,
          random: this.options.random,
          inputPath: this.options.input,
          origin: 'http://millrace.localhost',
        };
        const at = performance.now();
        const rows = run.rowsDone;
        const sinceCommit = (at - run.rowsDoneAt) / 1000;
        const computing = run.phase === 'compute';
        const done = await FAULTS[fault.name]?.inject(scene).catch(() => false);
        if (done === false || done === undefined) {
          if (!run.running) break;
          // Not there to be hit: it comes back for another job.
          if (this.#misses(fault) > 20) {
            this.skipped.add(fault.name);
            this.failures.push(`${fault.name} could not be injected`);
            break;
          }
          this.queue.push(/** @type {PlannedFault} */ (this.queue.shift()));
          await delay(50);
          continue;
        }
        this.queue.shift();
        if (typeof done === 'function') hits.putBack.push(done);
        hits.last = fault;
        hits.lastAt = at;
        hits.lastWasComputing = computing;
        hits.lastRepeated = Math.round(sinceCommit * run.rowsPerSecond);
        hits.mayBeRefused ||= FAULTS[fault.name]?.refused === true;
        hits.survived = null;
        if (!(await this.#survives(run, rows))) break;
        hits.survived = this.#record(fault, false, at, computing ? hits.lastRepeated : 0, 0);
      }
    } finally {
      cdp.close();
    }
    return hits;
  }

  /** @type {Map<PlannedFault, number>} */
  #missed = new Map();

  /** @param {PlannedFault} fault */
  #misses(fault) {
    const count = (this.#missed.get(fault) ?? 0) + 1;
    this.#missed.set(fault, count);
    return count;
  }

  /** The next fault that can still hit this process; it is put first. @param {CliRun} run */
  #next(run) {
    const order = ['start', 'ingest', 'batch', 'commit', 'export'];
    const from = run.phase === 'start' ? 0 : run.phase === 'compute' ? 1 : 4;
    const index = this.queue.findIndex(({ moment }) => order.indexOf(moment) >= from);
    if (index === -1) return null;
    const [fault] = this.queue.splice(index, 1);
    this.queue.unshift(/** @type {PlannedFault} */ (fault));
    return this.queue[0] ?? null;
  }

  /** Waits for the moment. False when the process ended, or is past it. @param {CliRun} run @param {PlannedFault} fault */
  async #moment(run, { moment }) {
    const { random } = this.options;
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

  /** True when the process goes on: more rows are committed, or it is done. @param {CliRun} run @param {number} rows */
  async #survives(run, rows) {
    const phase = run.phase;
    const advanced = () => run.rowsDone > rows || run.phase !== phase || run.last('output') !== null;
    return (await run.until(advanced)) || run.code === 0;
  }

  /**
   * Tells when a resumed job is running again, and that it has every row that was told to be committed.
   * @param {CliRun} run @param {{ at: number, fault: PlannedFault, rows: number, repeated: number | null } | null} down
   */
  async #watchRecovery(run, down) {
    if (down === null) return;
    await run.until(() => run.phase !== 'start');
    if (run.phase === 'start') return;
    const resumed = run.last('resumed')?.rowsDone ?? (run.phase === 'export' ? Infinity : 0);
    const lost = Math.max(0, down.rows - resumed);
    this.#record(down.fault, true, down.at, down.repeated, lost);
    if (lost > 0) this.failures.push(`${down.fault.name}: ${lost} committed rows were lost`);
  }

  /** @param {PlannedFault} fault @param {boolean} ended @param {number} at @param {number | null} rowsRepeated @param {number} rowsLost */
  #record({ name, moment }, ended, at, rowsRepeated, rowsLost) {
    const secondsToRun = (performance.now() - at) / 1000;
    const record = { name, moment, ended, secondsToRun, rowsRepeated, rowsLost };
    this.injected.push(record);
    return record;
  }

  /** Where it is due: a resume on a changed input must be refused. @param {readonly string[]} resume */
  async #changeInput(resume) {
    const index = this.queue.findIndex(({ moment }) => moment === 'between');
    if (index === -1) return;
    const { input, random } = this.options;
    const whole = readFileSync(input);
    const changed = Buffer.from(whole);
    // Within what was surely read: the first tenth.
    const at = changed.indexOf('a', Math.floor(random() * whole.length * 0.05));
    changed[at] = 0x62;
    writeFileSync(input, changed);
    const began = performance.now();
    const run = new CliRun(resume);
    const code = await run.ended;
    writeFileSync(input, whole);
    if (code === 1) return;
    const [fault] = this.queue.splice(index, 1);
    const { code: reason } = run.last('error') ?? {};
    if (code !== 2 || (reason !== 'INPUT_CHANGED' && reason !== 'JOB_MISMATCH'))
      this.#fail(`a changed input was not refused: exit ${code}, ${reason}`, run);
    this.#record(/** @type {PlannedFault} */ (fault), true, began, 0, 0);
  }

  /** @param {string} what @param {CliRun} run */
  #fail(what, run) {
    const events = run.events.slice(-5).map((event) => JSON.stringify(event).slice(0, 400));
    this.failures.push([what, ...events, run.stderr.slice(-2000)].join('\n    '));
  }
}
