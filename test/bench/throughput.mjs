// @ts-check
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listFiles } from './list-files.mjs';
import { measureRun } from './measure-run.mjs';
import { median } from './median.mjs';
import { TreeCpu } from './process-tree.mjs';
import { figure, table } from './table.mjs';
import { atLeast, atMost } from './targets.mjs';

const BATCH_SIZES = [1, 8, 32];
/** A contender that is slow stops in the middle: the rows are mixed evenly, so its rate is that of all of them. */
const MAX_SECONDS = 60;

const BARE_LOOP = 'bare loop';
const COMPUTING = 'Millrace, computing';
const FILE_TO_FILE = 'Millrace, file to file';
const rivalName = (/** @type {number} */ batchSize) => `transformers.js, batch ${batchSize}`;

/**
 * @typedef {import('./page/contender.ts').Measured & { readonly cpuSeconds: number }} Measured
 * @typedef {{ readonly name: string, readonly rowsPerSecond: number, readonly tokensPerSecond: number,
 *   readonly tokensPerCpuSecond: number, readonly paddingRatio: number, readonly measurements: readonly Measured[] }} Contender
 * @typedef {import('./measure-run.mjs').MeasuredRun} MeasuredRun
 */

/**
 * Millrace file to file, transformers.js and a bare loop by turns, on the same rows, model files and browser, files in
 * the system's cache; the median of each. transformers.js runs `feature-extraction` with mean pooling and normalisation in a
 * worker, and its best of three batch sizes counts.
 *
 * @param {{ readonly page: import('./bench-page.mjs').BenchPage, readonly model: { readonly name: string, readonly dir: string },
 *   readonly texts: readonly string[], readonly device: string, readonly rounds: number,
 *   readonly batchTokens?: string | undefined, readonly peakTflops?: number | undefined }} options
 * @returns {Promise<import('./write-report.mjs').Section>}
 */
export async function benchThroughput({ page, model, texts, device, rounds, batchTokens, peakTflops }) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const input = join(folder, 'rows.jsonl');
    await writeFile(input, texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''));
    let count = 0;
    const millrace = async (/** @type {string} */ file) => {
      const state = join(folder, `state-${count++}`);
      await mkdir(state);
      const args = [
        ...[file, '--model', model.dir, '--id-column', 'id', '--device', device, '--state-dir', state],
        ...['--out', join(folder, `out-${count}.npy`)],
        ...(batchTokens === undefined ? [] : ['--batch-tokens', batchTokens]),
      ];
      return measureRun(args, { memory: false });
    };
    // Warms the files' cache, and says what the others have to match.
    const warm = join(folder, 'warm.jsonl');
    await writeFile(warm, `${JSON.stringify({ id: 0, text: texts[0] })}\n`);
    const first = await millrace(warm);
    const { device: report } = first.summary;
    const setup = {
      device: report,
      modelUrl: '/models/bench/',
      modelFiles: await listFiles(model.dir),
      budgetTokens: batchTokens === undefined ? null : Number(batchTokens),
      texts,
    };
    /** @type {Map<string, Measured[]>} */
    const results = new Map();
    const note = (/** @type {string} */ name, /** @type {Measured} */ measured) => {
      results.set(name, [...(results.get(name) ?? []), measured]);
      const { rows, seconds, cpuSeconds, tokens } = measured;
      console.log(
        `  ${name}: ${rows} rows in ${seconds.toFixed(2)} s (CPU ${cpuSeconds.toFixed(1)} s), ${(tokens / seconds).toFixed(0)} tokens/s`,
      );
    };
    const inPage = async (/** @type {string} */ worker, /** @type {unknown} */ argument) => {
      const cpu = new TreeCpu(process.pid);
      const before = cpu.seconds();
      const measured = await page.call(worker, 'measure', argument);
      return { ...measured, cpuSeconds: cpu.seconds() - before };
    };
    const runs = [];
    for (let round = 0; round < rounds; round++) {
      await page.call('bound', 'setup', setup);
      note(BARE_LOOP, await inPage('bound', null));
      await page.release('bound');
      const run = await millrace(input);
      runs.push(run);
      const { rowsEmbedded: rows, tokens, computeSeconds, paddingRatio } = run.summary;
      const same = { rows, tokens, paddedTokens: tokens / (1 - paddingRatio), checksum: 0, attended: 0 };
      note(COMPUTING, { ...same, seconds: computeSeconds, cpuSeconds: run.phaseCpu['running'] ?? NaN });
      note(FILE_TO_FILE, { ...same, seconds: run.wallSeconds, cpuSeconds: run.cpuSeconds });
      await page.call('rival', 'setup', setup);
      for (const batchSize of BATCH_SIZES) {
        await page.call('rival', 'measure', { batchSize, maxSeconds: 0.001 });
        const measured = await inPage('rival', { batchSize, maxSeconds: MAX_SECONDS });
        const tokens = await page.call('rival', 'tokens', { rows: measured.rows, batchSize });
        note(rivalName(batchSize), { ...measured, ...tokens });
      }
      await page.release('rival');
    }
    const flops = await flopsPerToken(model.dir, results.get(BARE_LOOP)?.[0]?.attended ?? 0);
    const hidden = await hiddenSize(model.dir);
    return describe(report, runs, [...results].map(summarize), { flops, hidden, peakTflops });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Floating-point operations that a token costs in a BERT: `2 (4 H^2 + 2 H I) L + 4 S H L` for hidden size H, intermediate
 * size I, L layers and S tokens to attend to. Null for a model that is none.
 *
 * @param {string} dir
 * @param {number} attended S, over the tokens
 */
async function flopsPerToken(dir, attended) {
  const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } = config;
  if (![hidden, inner, layers].every(Number.isFinite)) return null;
  return 2 * (4 * hidden ** 2 + 2 * hidden * inner) * layers + 4 * attended * hidden * layers;
}

/** Width of the hidden states; null for a model that does not say it. @param {string} dir */
async function hiddenSize(dir) {
  const { hidden_size: hidden } = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
  return Number.isFinite(hidden) ? /** @type {number} */ (hidden) : null;
}

/** @param {readonly [string, readonly Measured[]]} entry @returns {Contender} */
function summarize([name, measurements]) {
  const rate = (/** @type {(measured: Measured) => number} */ pick) =>
    median(measurements.map((measured) => pick(measured) / measured.seconds));
  const { tokens = 0, paddedTokens = 1 } = measurements[0] ?? {};
  return {
    name,
    rowsPerSecond: rate(({ rows }) => rows),
    tokensPerSecond: rate(({ tokens: all }) => all),
    tokensPerCpuSecond: median(measurements.map(({ tokens: all, cpuSeconds }) => all / cpuSeconds)),
    paddingRatio: 1 - tokens / paddedTokens,
    measurements,
  };
}

/**
 * @param {{ readonly label: string, readonly provider: string }} device
 * @param {readonly MeasuredRun[]} runs
 * @param {readonly Contender[]} contenders
 * @param {{ readonly flops: number | null, readonly hidden: number | null, readonly peakTflops: number | undefined }} facts
 *   `flops` a token; `hidden` is the width of the model's hidden states
 * @returns {import('./write-report.mjs').Section}
 */
function describe(device, runs, contenders, { flops, hidden, peakTflops }) {
  const find = (/** @type {string} */ name) => {
    const found = contenders.find((contender) => contender.name === name);
    if (found === undefined) throw new Error(`${name} was not measured`);
    return found;
  };
  const best = BATCH_SIZES.map((size) => find(rivalName(size))).reduce((a, b) =>
    b.tokensPerSecond > a.tokensPerSecond ? b : a,
  );
  const mine = find(COMPUTING);
  const ratios = [
    [mine, best],
    [mine, find(rivalName(32))],
    [mine, find(BARE_LOOP)],
    [find(FILE_TO_FILE), best],
  ].map(([a, b]) => ({
    name: `${a?.name} / ${b?.name}`,
    wall: (a?.tokensPerSecond ?? NaN) / (b?.tokensPerSecond ?? NaN),
    cpu: (a?.tokensPerCpuSecond ?? NaN) / (b?.tokensPerCpuSecond ?? NaN),
  }));
  const [toBest, to32, toBound] = ratios.map(({ wall }) => wall);
  const wasm = device.provider === 'wasm';
  const over = (/** @type {(run: MeasuredRun) => number} */ pick) => median(runs.map(pick));
  const commitWait = over(({ summary: { metrics } }) => metrics.idleSeconds.commit / metrics.wallSeconds);
  const targets = [
    atLeast(
      'throughput: tokens/s, times the rival at its best',
      toBest ?? NaN,
      wasm ? 2 : 2.5,
      '',
      best.name,
    ),
    ...(wasm ? [atLeast('throughput: tokens/s, times the rival', to32 ?? NaN, 3, '', rivalName(32))] : []),
    atLeast(
      'throughput: tokens/s, times the bound',
      toBound ?? NaN,
      0.95,
      '',
      'a bare loop around session.run',
    ),
    atMost(
      'throughput: device idle, waiting for a commit',
      commitWait * 100,
      2,
      ' %',
      'the time of computing',
    ),
  ];
  const phases = Object.keys(runs[0]?.phases ?? {});
  const markdown = [
    table(
      ['contender', 'rows/s', 'tokens/s', 'tokens/CPU-s', 'padding', 'seconds', 'CPU seconds'],
      contenders.map(({ name, measurements, ...rates }) => [
        name,
        figure(rates.rowsPerSecond),
        figure(rates.tokensPerSecond),
        figure(rates.tokensPerCpuSecond),
        percent(rates.paddingRatio),
        measurements.map(({ seconds }) => seconds.toFixed(1)).join(', '),
        measurements.map(({ cpuSeconds }) => cpuSeconds.toFixed(1)).join(', '),
      ]),
    ),
    table(
      ['ratio', 'of tokens/s', 'of tokens/CPU-s'],
      ratios.map(({ name, wall, cpu }) => [name, wall.toFixed(2), cpu.toFixed(2)]),
    ),
    table(
      ['what Millrace says of its run', ''],
      [
        ...runFacts(runs[0]?.summary.metrics.deviceBusyBy, over),
        ...(hidden === null ? [] : [hiddenFact(mine, hidden)]),
        ...(flops === null ? [] : flopsFacts(flops, mine.tokensPerSecond, peakTflops)),
      ],
    ),
    table(
      ['seconds of a Millrace run', ...phases],
      [['', ...phases.map((phase) => over((run) => run.phases[phase] ?? NaN).toFixed(2))]],
    ),
  ].join('\n\n');
  return {
    title: 'Throughput: the same rows, model and browser for all, by turns',
    markdown,
    targets,
    device: device.label,
    data: { device, contenders, ratios, flopsPerToken: flops, peakTflops: peakTflops ?? null, runs },
  };
}

/**
 * @param {string} busyBy
 * @param {(pick: (run: MeasuredRun) => number) => number} over
 * @returns {readonly (readonly [string, string])[]}
 */
function runFacts(busyBy, over) {
  const metric = (/** @type {(metrics: any) => number} */ pick) => over((run) => pick(run.summary.metrics));
  const seconds = (/** @type {(metrics: any) => number} */ pick) => `${metric(pick).toFixed(2)} s`;
  return [
    ['padding', percent(over((run) => run.summary.paddingRatio))],
    ['bytes read back a row', figure(metric((metrics) => metrics.readbackBytesPerRow))],
    [`device busy (${busyBy.replaceAll('-', ' ')})`, percent(metric((metrics) => metrics.deviceBusyShare))],
    ['time with a commit open', percent(metric((metrics) => metrics.commitShare))],
    ...['read', 'store', 'tokenize', 'device', 'commit'].map(
      (stage) =>
        /** @type {const} */ ([`stage: ${stage}`, seconds((metrics) => metrics.stageSeconds[stage])]),
    ),
    ...['rows', 'commit', 'other'].map(
      (reason) =>
        /** @type {const} */ ([
          `device idle, waiting for: ${reason}`,
          seconds((metrics) => metrics.idleSeconds[reason]),
        ]),
    ),
  ];
}

/** @param {Contender} contender @param {number} hidden @returns {readonly [string, string]} */
function hiddenFact({ measurements: [first] }, hidden) {
  const { paddedTokens = NaN, rows = NaN } = first ?? {};
  return [
    'bytes a row of the hidden states, which pooling on the GPU leaves there',
    figure((paddedTokens / rows) * hidden * 4),
  ];
}

/** @param {number} flops @param {number} tokensPerSecond @param {number | undefined} peakTflops */
function flopsFacts(flops, tokensPerSecond, peakTflops) {
  const tflops = (flops * tokensPerSecond) / 1e12;
  const share = peakTflops === undefined ? '' : `, ${percent(tflops / peakTflops)} of ${peakTflops}`;
  return [
    ['MFLOP a token', (flops / 1e6).toFixed(1)],
    ['TFLOP/s of the model', `${tflops.toPrecision(3)}${share}`],
  ];
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
