// @ts-check
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchModel } from './bench-model.mjs';
import { writeGlossRows } from './gloss-rows.mjs';
import { listFiles } from './list-files.mjs';
import { median } from './median.mjs';
import { TreeCpu } from './process-tree.mjs';
import { figure, table } from './table.mjs';
import { atLeast } from './targets.mjs';

/**
 * @typedef {{ readonly folder: string, readonly rows: number, remove(): Promise<void> }} StageInputs
 * @typedef {import('./page/stages/work.ts').Work & { readonly cpuSeconds: number }} Work
 */

/** Least share of the rival's or the bound's rate. */
const TARGETS = new Map([
  ['parse JSONL', 0.5],
  ['parse CSV', 1],
  ['chunks of JSONL (parse, check, hash, pack)', 0.25],
  ['tokenize', 2],
  ['ingest JSONL (to chunks in IndexedDB)', 0.1],
  ['commit (4 MiB of vectors each)', 0.8],
  ['export Parquet', 2],
]);

/**
 * The same rows as `rows.jsonl` and `rows.csv`, in a folder that can be served.
 *
 * @param {number} rows
 * @returns {Promise<StageInputs>}
 */
export async function writeStageInputs(rows) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-inputs-'));
  const jsonl = join(folder, 'rows.jsonl');
  await writeGlossRows(jsonl, rows);
  const lines = (await readFile(jsonl, 'utf8')).trimEnd().split('\n');
  const records = lines.map((line) => {
    const { id, text } = JSON.parse(line);
    return `${id},"${text.replaceAll('"', '""')}"\n`;
  });
  await writeFile(join(folder, 'rows.csv'), `id,text\n${records.join('')}`);
  return { folder, rows, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Each stage alone, in one worker of the page, by turns with a rival or a bound on the same data; medians.
 *
 * @param {{ page: import('./bench-page.mjs').BenchPage, inputs: StageInputs, rounds: number }} options
 * @returns {Promise<import('./write-report.mjs').Section>}
 */
export async function benchStages({ page, inputs, rounds }) {
  /** @type {Record<string, string[]>} */
  const stages = await page.call('stages', 'setup', {
    jsonlUrl: '/inputs/rows.jsonl',
    csvUrl: '/inputs/rows.csv',
    modelUrl: '/models/stages/',
    modelFiles: await listFiles((await benchModel('minilm')).dir),
  });
  const results = [];
  for (const [stage, contenders] of Object.entries(stages)) {
    /** @type {Map<string, Work[]>} */
    const works = new Map();
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const contender of contenders) {
        const cpu = new TreeCpu(process.pid);
        const before = cpu.seconds();
        const work = await page.call('stages', 'measure', { stage, contender });
        const measured = { ...work, cpuSeconds: cpu.seconds() - before };
        if (round > 0) works.set(contender, [...(works.get(contender) ?? []), measured]);
      }
    }
    const rates = [...works].map(([contender, done]) => rate(contender, done));
    checkSameRows(stage, rates);
    for (const { contender, megabytes } of rates)
      console.log(`  ${stage}: ${contender} ${figure(megabytes)} MB/s`);
    results.push({ stage, rates });
  }
  await page.release('stages');
  return describe(results, inputs.rows);
}

/** @param {string} contender @param {readonly Work[]} works */
function rate(contender, works) {
  const over = (/** @type {(work: Work) => number} */ pick) => median(works.map(pick));
  return {
    contender,
    rows: works[0]?.rows ?? 0,
    rowsPerSecond: over(({ rows, seconds }) => rows / seconds),
    megabytes: over(({ bytes, seconds }) => bytes / seconds / 1e6),
    cpuSeconds: over(({ cpuSeconds }) => cpuSeconds),
    works,
  };
}

/** @param {string} stage @param {readonly ReturnType<typeof rate>[]} rates */
function checkSameRows(stage, rates) {
  const counts = new Set(rates.map(({ rows }) => rows));
  if (counts.size !== 1 || counts.has(0))
    throw new Error(`${stage}: the contenders did not do the same rows: ${[...counts].join(', ')}`);
}

/**
 * @param {readonly { readonly stage: string, readonly rates: readonly ReturnType<typeof rate>[] }[]} results
 * @param {number} rows
 * @returns {import('./write-report.mjs').Section}
 */
function describe(results, rows) {
  const markdown = table(
    ['stage', 'contender', 'MB/s', 'rows/s', 'CPU seconds', 'Millrace / it'],
    results.flatMap(({ stage, rates }) =>
      rates.map(({ contender, megabytes, rowsPerSecond, cpuSeconds }, index) => [
        index === 0 ? stage : '',
        contender,
        figure(megabytes),
        figure(rowsPerSecond),
        cpuSeconds.toFixed(2),
        index === 0 ? '' : ((rates[0]?.megabytes ?? NaN) / megabytes).toFixed(2),
      ]),
    ),
  );
  const targets = results.flatMap(({ stage, rates: [mine, ...others] }) =>
    others.slice(0, 1).map((other) => {
      const ratio = (mine?.megabytes ?? NaN) / other.megabytes;
      return atLeast(`stage: ${stage}`, ratio, TARGETS.get(stage) ?? 1, '', other.contender);
    }),
  );
  const title = `Stages: each alone in one worker, on ${rows.toLocaleString('en')} rows of WordNet's glosses`;
  return { title, markdown, targets, device: null, data: results };
}
