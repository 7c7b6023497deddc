// @ts-check
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants } from '../bench/process-tree.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));

/** So long without any progress counts as a hang: the watchdogs of the product end before. */
const HANG_MS = 180_000;

const BROWSER_ARGS = [
  '--remote-debugging-port=0',
  '--disable-gpu-process-crash-limit',
  '--disable-domain-blocking-for-3d-apis',
];

/** One process of `millrace`, and what its events say so far. */
export class CliRun {
  /** @type {any[]} */
  events = [];
  /** Rows that the last event says are committed, and when that number last grew. */
  rowsDone = 0;
  rowsDoneAt = performance.now();
  /** What it says: rows computed, committed or not, and when it last said so. */
  rowsComputed = 0;
  toldAt = performance.now();
  /** Most rows that were computed and then were not any more: thrown away while the run went on. */
  rowsDropped = 0;
  /** Most rows computed within a second. */
  fastestSecond = 0;
  bytesRead = 0;
  /** @type {'start' | 'compute' | 'export'} */
  phase = 'start';
  hung = false;
  stderr = '';
  /** @type {number | null | undefined} */
  code = undefined;
  startedAt = performance.now();
  /** @type {{ readonly at: number, readonly rows: number }[]} */
  #computed = [];
  /** @type {Set<() => void>} */
  #waiters = new Set();

  /** @param {readonly string[]} args @param {readonly string[]} [browserArgs] */
  constructor(args, browserArgs = []) {
    this.child = spawn(process.execPath, [CLI, ...args, '--json'], {
      env: { ...process.env, MILLRACE_BROWSER_ARGS: [...BROWSER_ARGS, ...browserArgs].join(' ') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let line = '';
    this.child.stdout.on('data', (/** @type {Buffer} */ data) => {
      const lines = (line + data.toString()).split('\n');
      line = lines.pop() ?? '';
      for (const text of lines) this.#see(JSON.parse(text));
      this.#wake();
    });
    this.child.stderr.on('data', (/** @type {Buffer} */ data) => (this.stderr += data.toString()));
    /** @type {Promise<number | null>} */
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        this.code = code;
        clearTimeout(this.hangTimer);
        this.#wake();
        resolve(code);
      });
    });
    this.#armHangTimer();
  }

  get running() {
    return this.code === undefined;
  }

  get pid() {
    return /** @type {number} */ (this.child.pid);
  }

  /** The event of a kind that came last. @param {string} kind */
  last(kind) {
    return this.events.findLast((event) => event.kind === kind) ?? null;
  }

  /** Resolves with true when the condition holds, with false when the process ended before. @param {() => boolean} condition */
  async until(condition) {
    while (!condition()) {
      if (!this.running) return false;
      await new Promise((resolve) => this.#waiters.add(() => resolve(undefined)));
    }
    return true;
  }

  /** Kills the runner and all its children, this very moment. */
  async killAll() {
    for (const pid of descendants(this.pid)) kill(pid, 'SIGKILL');
    await Promise.race([this.ended, delay(10_000)]);
  }

  /** @param {any} event */
  #see(event) {
    const { rowsDone, bytesRead } = event.progress ?? {};
    // A job that is stuck goes on saying so.
    if (event.kind !== 'progress' || rowsDone > this.rowsDone || bytesRead > this.bytesRead)
      this.#armHangTimer();
    this.bytesRead = Math.max(this.bytesRead, bytesRead ?? 0);
    this.events.push(event);
    if (event.kind === 'stage' && event.stage === 'running') this.phase = 'compute';
    if (event.kind === 'stage' && event.stage === 'exporting') this.phase = 'export';
    if (event.kind === 'resumed') this.#advance(event.rowsDone);
    if (event.kind === 'progress') {
      this.#advance(event.progress.rowsDone);
      this.#compute(rowsDone + event.progress.rowsWaiting, Date.parse(event.at));
    }
  }

  /** @param {number} rows @param {number} at */
  #compute(rows, at) {
    this.rowsDropped = Math.max(this.rowsDropped, this.rowsComputed - rows);
    this.rowsComputed = rows;
    this.toldAt = performance.now();
    this.#computed.push({ at, rows });
    while ((this.#computed[1]?.at ?? at) <= at - 1000) this.#computed.shift();
    const [first] = this.#computed;
    if (first === undefined) return;
    const seconds = Math.max(1, (at - first.at) / 1000);
    this.fastestSecond = Math.max(this.fastestSecond, (rows - first.rows) / seconds);
  }

  /** @param {number} rows */
  #advance(rows) {
    if (rows <= this.rowsDone) return;
    this.rowsDone = rows;
    this.rowsDoneAt = performance.now();
  }

  #armHangTimer() {
    clearTimeout(this.hangTimer);
    this.hangTimer = setTimeout(() => {
      this.hung = true;
      void this.killAll();
    }, HANG_MS);
  }

  #wake() {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}

/** Sends a signal to a process that may be gone. @param {number} pid @param {NodeJS.Signals} signal */
export function kill(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
