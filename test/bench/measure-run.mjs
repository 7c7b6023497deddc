// @ts-check
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TreeCpu, treeMemory } from './process-tree.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));
const SAMPLE_MS = 200;

/**
 * @typedef {{
 *   readonly summary: Record<string, any>,
 *   readonly wallSeconds: number,
 *   readonly cpuSeconds: number,
 *   readonly phases: Readonly<Record<string, number>>,
 *   readonly phaseCpu: Readonly<Record<string, number>>,
 *   readonly peakRssBytes: number,
 *   readonly peakPssBytes: number,
 * }} MeasuredRun
 * `phases` are the seconds from each stage of the job to the next, `phaseCpu` the CPU time of all processes in them.
 */

/**
 * Runs `millrace run` to its end and samples CPU time, and memory where asked for, of the runner, the browser and all their
 * children. Reading the memory of a browser costs time of its own: not while speed is measured.
 *
 * @param {readonly string[]} args
 * @param {{ readonly memory: boolean }} [options]
 * @returns {Promise<MeasuredRun>}
 */
export async function measureRun(args, { memory } = { memory: true }) {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, 'run', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = /** @type {number} */ (child.pid);
  const cpu = new TreeCpu(pid);
  const phases = new Phases(cpu);
  /** @type {Record<string, any> | null} */
  let summary = null;
  let output = '';
  let line = '';
  child.stdout.on('data', (/** @type {Buffer} */ data) => {
    const lines = (line + data.toString()).split('\n');
    line = lines.pop() ?? '';
    for (const text of lines) {
      const event = JSON.parse(text);
      phases.see(event);
      if (event.kind === 'summary') summary = event.summary;
      if (event.kind === 'error') output += `${text}\n`;
    }
  });
  let peakRssBytes = 0;
  let peakPssBytes = 0;
  const sampler = setInterval(() => {
    cpu.seconds();
    if (!memory) return;
    const { rssBytes, pssBytes } = treeMemory(pid);
    peakRssBytes = Math.max(peakRssBytes, rssBytes);
    peakPssBytes = Math.max(peakPssBytes, pssBytes);
  }, SAMPLE_MS);
  /** @type {number | null} */
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(sampler);
  if (code !== 0 || summary === null) throw new Error(`millrace run ended with ${code}:\n${output}`);
  const { seconds, cpuSeconds } = phases.ended();
  return {
    summary,
    wallSeconds: (performance.now() - started) / 1000,
    cpuSeconds: cpu.seconds(),
    phases: seconds,
    phaseCpu: cpuSeconds,
    peakRssBytes,
    peakPssBytes,
  };
}

/** When the stages of a job were first told of. */
class Phases {
  #cpu;
  /** @type {{ readonly name: string, readonly at: number, readonly cpu: number }[]} */
  #begun = [];

  /** @param {TreeCpu} cpu */
  constructor(cpu) {
    this.#cpu = cpu;
    this.#note('starting');
  }

  /** @param {{ readonly kind: string, readonly stage?: string }} event */
  see({ kind, stage }) {
    if (kind === 'stage' && stage !== undefined) this.#note(stage);
    if (kind === 'summary') this.#note('exporting');
    if (kind === 'output') this.#note('closing');
  }

  /** @returns {{ seconds: Record<string, number>, cpuSeconds: Record<string, number> }} by stage */
  ended() {
    this.#note('end');
    const spans = this.#begun.slice(0, -1).map((begun, index) => {
      const next = this.#begun[index + 1] ?? begun;
      return { name: begun.name, seconds: (next.at - begun.at) / 1000, cpu: next.cpu - begun.cpu };
    });
    return {
      seconds: Object.fromEntries(spans.map(({ name, seconds }) => [name, seconds])),
      cpuSeconds: Object.fromEntries(spans.map(({ name, cpu }) => [name, cpu])),
    };
  }

  /** @param {string} name */
  #note(name) {
    if (this.#begun.some((begun) => begun.name === name)) return;
    this.#begun.push({ name, at: performance.now(), cpu: this.#cpu.seconds() });
  }
}
