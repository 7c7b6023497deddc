// @ts-check
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CdpClient, forgetDebugPort } from './cdp-client.mjs';
import { CliRun } from './cli-run.mjs';
import { FAULTS } from './faults.mjs';
import { nextFault, untilMoment } from './moments.mjs';

/** Attempts to go on with a job after a fault, before it counts as lost. */
const MOST_RESUMES = 4;
/**
 * What may be computed twice after a fault: as much as is computed within this. The product promises to commit at least once
 * a second; what was computed at the very end is an estimate, as it tells of it four times a second.
 */
export const COMMIT_INTERVAL_MS = 1000;
const SQLITE = ['--enable-features=IdbSqliteBackingStore'];

/** @typedef {import('./plan-faults.mjs').PlannedFault} PlannedFault */
/** @typedef {{ readonly fault: PlannedFault, readonly at: number }} Down A fault that ended the command. */
/** @typedef {{ last: PlannedFault | null, lastAt: number, tentative: (() => void) | null, putBack: (() => void)[] }} Hits */

/** Jobs of one kind under fire: begun, hit, resumed and compared, until every planned fault was injected. */
export class Campaign {
  #jobs = 0;
  #skipped = new Set();
  /** @type {Map<PlannedFault, number>} */
  #missed = new Map();

  /**
   * @param {{
   *   readonly folder: string,
   *   readonly input: string,
   *   readonly runArgs: readonly string[],
   *   readonly faults: readonly PlannedFault[],
   *   readonly random: () => number,
   *   readonly log: (line: string) => void,
   *   readonly deadline: number,
   *   readonly ledger: import('./ledger.mjs').Ledger,
   *   readonly rowsPerSecond: number,
   * }} options `rowsPerSecond`: most rows that the uninterrupted run computed within a second
   */
  constructor(options) {
    this.options = options;
    this.queue = [...options.faults];
    this.fastest = options.rowsPerSecond;
  }

  /** @param {Buffer} expected bytes of an uninterrupted run */
  async run(expected) {
    const { ledger, deadline, log } = this.options;
    while (this.queue.length > 0 && ledger.failures.length === 0) {
      if (performance.now() > deadline)
        return log(`out of time: ${this.queue.length} faults were not injected`);
      const before = this.queue.length;
      const name = `job-${this.#jobs++}`;
      await this.#job(name, expected);
      ledger.done(name);
      // None of what is left can be injected into such a job.
      if (this.queue.length === before && this.queue.every((fault) => this.#skipped.has(fault.name))) return;
    }
  }

  /** @param {string} name @param {Buffer} expected */
  async #job(name, expected) {
    const { folder, input, runArgs, log, ledger } = this.options;
    // Each in a state of its own, by turns in each of Chromium's two storage engines.
    const stateDir = join(folder, `state-${name}`);
    const browserArgs = this.#jobs % 2 === 0 ? SQLITE : [];
    const out = join(folder, `${name}.parquet`);
    const begin = ['run', input, ...runArgs, '--name', name, '--out', out, '--state-dir', stateDir];
    const resume = ['resume', name, '--state-dir', stateDir];
    const start = (/** @type {readonly string[]} */ args) => {
      forgetDebugPort(join(stateDir, 'profile'));
      return new CliRun(args, browserArgs);
    };
    let args = begin;
    let failed = 0;
    /** Faults that ended the command since it last ran. @type {Down[]} */
    let down = [];
    /** Rows that were told to be committed, and those that were told or can be taken to be computed. */
    const told = { committed: 0, computed: 0 };
    for (;;) {
      const run = start(args);
      const watching = this.#watchRecovery(run, down, told);
      const hits = await this.#hit(run, stateDir);
      const code = await run.ended;
      await watching;
      this.fastest = Math.max(this.fastest, run.fastestSecond);
      for (const putBack of hits.putBack) putBack();
      if (run.hung) {
        ledger.hangs++;
        return this.#fail(`${name} hung after ${hits.last?.name ?? 'a start'}`, run);
      }
      if (run.rowsDropped > 0)
        return this.#fail(`${name}: ${run.rowsDropped} computed rows were dropped`, run);
      // Killed between the renaming of its output and its end it leaves one, and a whole one.
      if (code !== 0 && existsSync(out) && !readFileSync(out).equals(expected))
        return this.#fail(`${name}: an output of a job that is not done`, run);
      if (run.phase !== 'start') down = [];
      if (code === 0) break;
      const kind = hits.last === null ? undefined : FAULTS[hits.last.name];
      if (code === 2 && kind?.refused !== true && kind?.loses !== true)
        return this.#fail(`${name} was refused, and nothing had changed`, run);
      failed = hits.last === null ? failed + 1 : 0;
      if (failed > MOST_RESUMES) return this.#fail(`${name} does not go on`, run);
      told.committed = Math.max(told.committed, run.rowsDone);
      if (hits.last !== null) {
        if (run.phase === 'compute')
          told.computed = Math.max(told.computed, this.#computedAt(run, hits.lastAt));
        else told.computed = Math.max(told.computed, told.committed);
        down.push({ at: hits.lastAt, fault: hits.last });
        log(`${name}: ${hits.last.name} (${hits.last.moment}) at ${run.rowsDone} rows, exit ${code}`);
      } else told.computed = Math.max(told.computed, run.rowsDone);
      if (kind?.loses === true) {
        if (!(await this.#isLost(start, resume, run, hits, told.committed))) return;
        down = [];
        told.committed = told.computed = 0;
        rmSync(stateDir, { recursive: true, force: true });
        args = begin;
        continue;
      }
      // With no row read there is nothing that a change could contradict, and with every row computed nothing is read again.
      if (run.rowsDone > 0 && run.phase === 'compute') await this.#changeInput(() => start(resume));
      // One that was killed before it was known by its name is begun anew.
      args = existsSync(join(stateDir, 'jobs', `${name}.json`)) ? resume : begin;
    }
    if (!readFileSync(out).equals(expected)) return ledger.fail(`${name}: the output differs, see ${out}`);
    log(`${name}: the same bytes`);
    rmSync(stateDir, { recursive: true, force: true });
    rmSync(out);
  }

  /** Rows that a run had computed at a moment: those that it told of, and what it may have computed since. @param {CliRun} run @param {number} at */
  #computedAt(run, at) {
    const silent = Math.max(0, at - run.toldAt) / 1000;
    // Until its first batch came back there was nothing to be lost.
    return run.rowsComputed === 0
      ? 0
      : Math.round(run.rowsComputed + run.fastestSecond * Math.min(silent, 1));
  }

  /** Injects what is due while the process runs. @param {CliRun} run @param {string} stateDir @returns {Promise<Hits>} */
  async #hit(run, stateDir) {
    /** @type {Hits} */
    const hits = { last: null, lastAt: 0, tentative: null, putBack: [] };
    const cdp = await CdpClient.connect(join(stateDir, 'profile'), () => !run.running);
    if (cdp === null) return hits;
    const { random, input } = this.options;
    try {
      for (;;) {
        const index = nextFault(this.queue, run);
        const fault = this.queue[index];
        if (fault === undefined) break;
        if (!(await untilMoment(run, fault, random))) {
          if (run.running && run.phase === 'export' && fault.moment !== 'export') continue;
          break;
        }
        const scene = { run, cdp, random, inputPath: input, origin: 'http://millrace.localhost' };
        const at = performance.now();
        const rows = run.rowsDone;
        const done = await FAULTS[fault.name]?.inject(scene).catch(() => false);
        this.queue.splice(this.queue.indexOf(fault), 1);
        if (done === false || done === undefined) {
          // Not there to be hit: it comes back for another job.
          this.queue.push(fault);
          if (!run.running || !this.#misses(fault)) break;
          await delay(50);
          continue;
        }
        if (typeof done === 'function') hits.putBack.push(done);
        hits.tentative?.();
        hits.last = fault;
        hits.lastAt = at;
        hits.tentative = null;
        if (!(await this.#survives(run, rows))) break;
        const secondsToRun = (performance.now() - at) / 1000;
        // It may seem to go on, and end by it after all.
        hits.tentative = () =>
          this.#record(fault, { ended: false, secondsToRun, rowsRepeated: 0, rowsLost: 0 });
      }
      if (hits.tentative !== null && (await run.ended) === 0) hits.tentative();
    } finally {
      cdp.close();
    }
    return hits;
  }

  /** True when it is worth another try. @param {PlannedFault} fault */
  #misses(fault) {
    const count = (this.#missed.get(fault) ?? 0) + 1;
    this.#missed.set(fault, count);
    if (count <= 20) return true;
    this.#skipped.add(fault.name);
    this.options.ledger.fail(`${fault.name} could not be injected`);
    return false;
  }

  /** True when the process goes on: more rows are committed, or it is done. @param {CliRun} run @param {number} rows */
  async #survives(run, rows) {
    const phase = run.phase;
    const advanced = () => run.rowsDone > rows || run.phase !== phase || run.last('output') !== null;
    return (await run.until(advanced)) || run.code === 0;
  }

  /**
   * Tells when a resumed job is running again, that it has every row that was told to be committed, and how many have to be
   * computed again. @param {CliRun} run @param {readonly Down[]} down @param {{ committed: number, computed: number }} told
   */
  async #watchRecovery(run, down, told) {
    if (down.length === 0) return;
    const ran = await run.until(() => run.phase !== 'start');
    if (run.phase === 'start') return;
    const last = down.at(-1);
    const kept = run.last('resumed')?.rowsDone ?? (run.phase === 'export' ? Infinity : 0);
    for (const { fault, at } of down) {
      const isLast = fault === last?.fault;
      this.#record(fault, {
        ended: true,
        secondsToRun: isLast && ran ? (performance.now() - at) / 1000 : null,
        rowsRepeated: isLast ? Math.max(0, told.computed - kept) : 0,
        rowsLost: isLast ? Math.max(0, told.committed - kept) : 0,
      });
    }
  }

  /** @param {PlannedFault} planned @param {Omit<import('./ledger.mjs').Injected, 'name' | 'moment' | 'shareOfInterval'>} facts */
  #record({ name, moment }, facts) {
    const { ledger } = this.options;
    const mostRows = (this.fastest * COMMIT_INTERVAL_MS) / 1000;
    const shareOfInterval = facts.rowsRepeated / mostRows;
    ledger.record({ name, moment, ...facts, shareOfInterval });
    if (facts.rowsLost > 0) ledger.fail(`${name}: ${facts.rowsLost} committed rows were lost`);
    if (shareOfInterval > 1)
      ledger.fail(
        `${name}: ${facts.rowsRepeated} rows were computed twice, more than the ${Math.round(mostRows)} of a commit interval`,
      );
  }

  /** A job whose storage was taken away says so, and no resume begins it anew in silence. @param {(args: readonly string[]) => CliRun} start @param {readonly string[]} resume @param {CliRun} run @param {Hits} hits @param {number} committed */
  async #isLost(start, resume, run, hits, committed) {
    const { code } = run.last('error') ?? {};
    if (code !== 'STATE_LOST' && code !== 'BROWSER_FAILED') {
      this.#fail(`the end of its storage is not told: ${code}`, run);
      return false;
    }
    const again = start(resume);
    const exit = await again.ended;
    if (committed > 0 && (exit !== 2 || again.last('error')?.code !== 'STATE_LOST')) {
      this.#fail(`a job whose storage is gone was not refused: exit ${exit}`, again);
      return false;
    }
    this.#record(/** @type {PlannedFault} */ (hits.last), {
      ended: true,
      secondsToRun: null,
      rowsRepeated: 0,
      rowsLost: 0,
    });
    return true;
  }

  /** Where it is due: a resume on a changed input must be refused. @param {() => CliRun} resume */
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
    const run = resume();
    const code = await run.ended;
    writeFileSync(input, whole);
    if (code === 1) return;
    const [fault] = this.queue.splice(index, 1);
    const { code: reason } = run.last('error') ?? {};
    if (code !== 2 || (reason !== 'INPUT_CHANGED' && reason !== 'JOB_MISMATCH'))
      this.#fail(`a changed input was not refused: exit ${code}, ${reason}`, run);
    const facts = { ended: true, secondsToRun: null, rowsRepeated: 0, rowsLost: 0 };
    this.#record(/** @type {PlannedFault} */ (fault), facts);
  }

  /** @param {string} what @param {CliRun} run */
  #fail(what, run) {
    const events = run.events.slice(-5).map((event) => JSON.stringify(event).slice(0, 400));
    this.options.ledger.fail([what, ...events, run.stderr.slice(-2000)].join('\n    '));
  }
}
