// @ts-check
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGlossRows } from './gloss-rows.mjs';
import { measureRun } from './measure-run.mjs';
import { figure, table } from './table.mjs';
import { atLeast, atMost } from './targets.mjs';

/** Rows a second at the largest size, of that at the smallest; and peak memory likewise. */
const LEAST_RATE = 0.9;
const MOST_MEMORY = 1.25;
/** Share of the time in which the device had nothing to do for want of a commit. A small job pays for its first one. */
const MOST_COMMIT_WAIT = 0.02;
const LEAST_ROWS_FOR_COMMITS = 100_000;

/**
 * Rows/s and peak memory of the main job, file to file with the demo model, at several sizes. The input is made on the spot
 * from WordNet's glosses, with no two rows alike (`glossRow`).
 *
 * @param {{ rows: readonly number[], device: string }} options
 * @returns {Promise<import('./write-report.mjs').Section>}
 */
export async function benchScale({ rows, device }) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const results = [];
    for (const count of rows) {
      const input = join(folder, `${count}.jsonl`);
      const output = join(folder, `${count}.parquet`);
      const state = join(folder, `state-${count}`);
      await writeGlossRows(input, count);
      const run = await measureRun([
        ...[input, '--model', 'demo', '--text-column', 'text', '--id-column', 'id', '--device', device],
        ...['--out', output, '--state-dir', state],
      ]);
      // A million rows take more than a gigabyte; the next size needs the room.
      for (const path of [input, output, state]) await rm(path, { recursive: true, force: true });
      const { rowsPerSecond, metrics } = run.summary;
      const mib = Math.round(run.peakRssBytes / 2 ** 20);
      console.log(`  ${count} rows: ${figure(rowsPerSecond)} rows/s, ${mib} MiB at most`);
      console.log(`    ${JSON.stringify({ ...metrics.stageSeconds, idle: metrics.idleSeconds })}`);
      results.push({ rows: count, ...run });
    }
    return describe(results);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @param {Record<string, any>} summary */
function commitWait({ metrics }) {
  return metrics.idleSeconds.commit / metrics.wallSeconds;
}

/**
 * @param {readonly (import('./measure-run.mjs').MeasuredRun & { readonly rows: number })[]} results
 * @returns {import('./write-report.mjs').Section}
 */
function describe(results) {
  const mib = (/** @type {number} */ bytes) => Math.round(bytes / 2 ** 20).toLocaleString('en');
  const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;
  const markdown = table(
    [
      ...['rows', 'rows/s computing', 'rows/CPU-s computing', 'rows/s file to file', 'rows/CPU-s exporting'],
      ...['padding', 'device busy', 'commit open', 'commits waited for', 'peak RSS MiB', 'peak PSS MiB'],
    ],
    results.map(({ rows, summary, wallSeconds, phaseCpu, peakRssBytes, peakPssBytes }) => [
      rows.toLocaleString('en'),
      figure(summary.rowsPerSecond),
      figure(rows / (phaseCpu['running'] ?? NaN)),
      figure(rows / wallSeconds),
      figure(rows / (phaseCpu['exporting'] ?? NaN)),
      percent(summary.paddingRatio),
      percent(summary.metrics.deviceBusyShare),
      percent(summary.metrics.commitShare),
      percent(commitWait(summary)),
      mib(peakRssBytes),
      mib(peakPssBytes),
    ]),
  );
  const [first] = results;
  const targets = results.slice(1).flatMap((result) => {
    const of = `${result.rows.toLocaleString('en')} rows / ${first?.rows.toLocaleString('en')} rows`;
    const ratio = (/** @type {(run: any) => number} */ pick) => pick(result) / pick(first);
    return [
      atLeast(
        'scale: rows/s computing',
        ratio((run) => run.summary.rowsPerSecond),
        LEAST_RATE,
        '',
        of,
      ),
      atMost(
        'scale: peak memory (RSS)',
        ratio((run) => run.peakRssBytes),
        MOST_MEMORY,
        '',
        of,
      ),
    ];
  });
  for (const { rows, summary } of results)
    if (rows >= LEAST_ROWS_FOR_COMMITS)
      targets.push(
        atMost(
          'scale: device idle, waiting for a commit',
          commitWait(summary) * 100,
          MOST_COMMIT_WAIT * 100,
          ' %',
          `${rows.toLocaleString('en')} rows`,
        ),
      );
  return {
    title: 'Scale: file to file, demo model, memory of the runner, the browser and all their processes',
    markdown,
    targets,
    device: results[0]?.summary.device.label ?? null,
    data: results,
  };
}
