// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CdpClient } from '../chaos/cdp-client.mjs';
import { CliRun } from '../chaos/cli-run.mjs';
import { writeGlossRows } from './gloss-rows.mjs';
import { benchModel } from './bench-model.mjs';
import { median } from './median.mjs';
import { descendants } from './process-tree.mjs';

const USAGE = `What commits that are flushed to the disk cost: the same job with \`strict\` and with \`relaxed\` transactions, by turns.

  node test/bench/strict-price.mjs [--rounds 3] [--rows 60000] [--model demo|minilm|DIR] [--engine leveldb|sqlite] [--no-counts]

With strace it also counts what is flushed, in one run of each.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '60000' },
    model: { type: 'string', default: 'demo' },
    engine: { type: 'string', default: 'leveldb' },
    'no-counts': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}

/** Run in each worker before its own code: what the product asks for is changed on the way to the browser. */
const durability = (/** @type {string} */ wanted) => `
  if (globalThis.durabilityIs === undefined) {
    globalThis.durabilityIs = '${wanted}';
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      return begin.call(this, stores, mode, mode === 'readwrite' ? { ...options, durability: '${wanted}' } : options);
    };
  }`;

const { dir: model } = await benchModel(values.model);
const folder = mkdtempSync(join(tmpdir(), 'millrace-strict-'));
const input = join(folder, 'rows.jsonl');
await writeGlossRows(input, Number(values.rows));
const browserArgs = values.engine === 'sqlite' ? ['--enable-features=IdbSqliteBackingStore'] : [];
let runs = 0;

/** @param {'strict' | 'relaxed'} wanted @param {boolean} counted */
async function runOnce(wanted, counted) {
  const stateDir = join(folder, `state-${runs++}`);
  const out = join(folder, `out-${runs}.parquet`);
  const args = [
    'run',
    input,
    '--model',
    model,
    '--id-column',
    'id',
    '--device',
    'wasm',
    '--batch-tokens',
    '4096',
  ];
  const run = new CliRun([...args, '--out', out, '--state-dir', stateDir], browserArgs);
  const counts = join(folder, 'counts');
  const cdp = await CdpClient.connect(join(stateDir, 'profile'), () => !run.running, durability(wanted));
  const browser = counted ? await attachStrace(run.pid, counts) : null;
  if ((await run.ended) !== 0)
    throw new Error(`the job failed: ${run.stderr} ${JSON.stringify(run.last('error'))}`);
  cdp?.close();
  const { metrics, rows, computeSeconds } = run.last('summary').summary;
  rmSync(stateDir, { recursive: true, force: true });
  return {
    rowsPerSecond: rows / computeSeconds,
    commits: metrics.commits,
    msACommit: (1000 * metrics.stageSeconds.commit) / metrics.commits,
    commitShare: metrics.commitShare,
    flushes: browser === null ? null : await browser(),
  };
}

/** Counts what the browser flushes from now on. @param {number} runner @param {string} path @returns {Promise<() => Promise<number>>} */
async function attachStrace(runner, path) {
  const pids = descendants(runner)
    .slice(1)
    .flatMap((pid) => ['-p', String(pid)]);
  const strace = spawn('strace', ['-f', '-c', '-e', 'trace=fsync,fdatasync', '-o', path, ...pids], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => strace.on('close', resolve));
  return async () => {
    strace.kill('SIGINT');
    await ended;
    // % time, seconds, usecs/call, calls, syscall
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    return lines
      .filter((words) => words.at(-1) === 'fsync' || words.at(-1) === 'fdatasync')
      .reduce((sum, words) => sum + Number(words[3]), 0);
  };
}

/** @typedef {Awaited<ReturnType<typeof runOnce>>} Measured */
/** @type {Record<'strict' | 'relaxed', Measured[]>} */
const seen = { strict: [], relaxed: [] };
for (let round = 0; round < Number(values.rounds); round++) {
  // The order changes: what ran first leaves a warm disk cache behind.
  for (const turn of [0, 1]) {
    const wanted = (round + turn) % 2 === 0 ? 'strict' : 'relaxed';
    const measured = await runOnce(wanted, false);
    seen[wanted].push(measured);
    process.stderr.write(
      `${wanted}: ${Math.round(measured.rowsPerSecond)} rows/s, ${measured.commits} commits\n`,
    );
  }
}
const canCount = !values['no-counts'] && spawnSync('strace', ['-V']).status === 0;
const lines = [
  `${values.model}, ${values.rows} rows, ${values.engine}, medians of ${values.rounds}:`,
  '',
  '| commits | rows/s | of the rounds | commits | ms a commit | share of the time with a commit open | flushes (fsync, fdatasync) of a run |',
  '|---|---:|---|---:|---:|---:|---:|',
];
for (const wanted of /** @type {const} */ (['strict', 'relaxed'])) {
  const all = seen[wanted];
  const of = (/** @type {(each: Measured) => number} */ pick) => median(all.map(pick));
  const { flushes } = canCount ? await runOnce(wanted, true) : { flushes: null };
  const cells = [
    wanted,
    Math.round(of((each) => each.rowsPerSecond)),
    all.map((each) => Math.round(each.rowsPerSecond)).join(', '),
    of((each) => each.commits),
    of((each) => each.msACommit).toFixed(1),
    `${(100 * of((each) => each.commitShare)).toFixed(1)} %`,
    flushes ?? '-',
  ];
  lines.push(`| ${cells.join(' | ')} |`);
}
const rate = (/** @type {'strict' | 'relaxed'} */ wanted) =>
  median(seen[wanted].map((each) => each.rowsPerSecond));
lines.push('', `strict / relaxed: ${(rate('strict') / rate('relaxed')).toFixed(3)} of the rows a second`, '');
process.stdout.write(lines.join('\n'));
rmSync(folder, { recursive: true, force: true });
