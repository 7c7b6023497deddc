// @ts-check
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGlosses } from '../fixtures/bert/read-glosses.mjs';
import { glossRow } from './gloss-rows.mjs';
import { measureRun } from './measure-run.mjs';
import { runInPage } from './run-in-page.mjs';
import { figure, table } from './table.mjs';
import { atMost } from './targets.mjs';

/** Peak memory at a size, of that at the smallest one. */
const MOST_MEMORY = 1.25;
const MIN_GLOSSES = 25;
const MAX_GLOSSES = 250;

/**
 * @typedef {{ readonly format: string, readonly mb: number, readonly through: string, readonly rows: number, readonly seconds: number,
 *   readonly peakRssBytes: number, readonly peakPssBytes: number, readonly diskMib: number }} Measured
 */

/**
 * Whole jobs over files of long rows (2-20 kB of text, of which the model gets the beginning), through the command line and through
 * the page's file input: memory must not depend on the size of the file.
 *
 * @param {{ readonly files: readonly string[], readonly through: readonly string[], readonly built: boolean }} options
 *   files as `jsonl:2000`, in MB
 * @returns {Promise<import('./write-report.mjs').Section>}
 */
export async function benchSize({ files, through, built }) {
  if (!built) await (await import('./build-bench.mjs')).buildBench();
  /** @type {Measured[]} */
  const measured = [];
  for (const [format = '', size = ''] of files.map((file) => file.split(':'))) {
    const mb = Number(size);
    const folder = await mkdtemp(join(tmpdir(), 'millrace-size-'));
    try {
      const input = join(folder, `rows.${format}`);
      const rows = await writeLongRows(input, mb * 1e6);
      for (const way of through) {
        const state = join(folder, way);
        const run = way === 'page' ? await runInPage(input, state) : await runInRunner(input, state);
        const diskMib = await mibOnDisk(state);
        await rm(state, { recursive: true, force: true, maxRetries: 5 });
        measured.push({ ...run, format, mb, through: way, rows, diskMib });
        const { seconds, peakRssBytes, peakPssBytes } = run;
        console.log(
          `  ${format}, ${mb} MB, ${rows} rows, ${way}: ${figure(mb / seconds)} MB/s, ${mib(peakRssBytes)} MiB (PSS ${mib(peakPssBytes)}), ${diskMib} MiB on disk`,
        );
      }
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return describe(measured);
}

/** @param {string} input @param {string} state */
async function runInRunner(input, state) {
  const { wallSeconds, peakRssBytes, peakPssBytes } = await measureRun([
    ...[input, '--model', 'demo', '--text-column', 'text', '--id-column', 'id', '--device', 'wasm'],
    ...['--max-length', '32', '--out', join(state, 'out.parquet'), '--state-dir', state],
  ]);
  return { seconds: wallSeconds, peakRssBytes, peakPssBytes };
}

/** Rows of `id` and `text`, no two alike, as JSONL or CSV by the file's name. @param {string} path @param {number} bytes */
async function writeLongRows(path, bytes) {
  const glosses = await readGlosses();
  const csv = path.endsWith('.csv');
  const file = createWriteStream(path, { highWaterMark: 1 << 22 });
  if (csv) file.write('id,text\n');
  let row = 0;
  for (let written = 0; written < bytes; row++) {
    const count = MIN_GLOSSES + ((row * 7919) % (MAX_GLOSSES - MIN_GLOSSES));
    const first = (row * 131) % (glosses.length - count);
    const text = `${glossRow(glosses, row)}; ${glosses.slice(first, first + count).join('; ')}`;
    const line = csv ? `${row},"${text.replaceAll('"', '""')}"\n` : `${JSON.stringify({ id: row, text })}\n`;
    written += line.length;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return row;
}

/** What a folder takes on the disk, rather than how long its files say they are. @param {string} folder */
async function mibOnDisk(folder) {
  const entries = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(
    entries.map(async (name) => (await lstat(join(folder, name))).blocks * 512),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20);
}

/** @param {number} bytes */
const mib = (bytes) => Math.round(bytes / 2 ** 20).toLocaleString('en');

/** @param {readonly Measured[]} measured @returns {import('./write-report.mjs').Section} */
function describe(measured) {
  const markdown = table(
    [
      'file',
      'MB',
      'rows',
      'through',
      'MB/s file to file',
      'peak RSS MiB',
      'peak PSS MiB',
      'state on disk MiB',
    ],
    measured.map(({ format, mb, rows, through, seconds, peakRssBytes, peakPssBytes, diskMib }) => [
      ...[format, mb.toLocaleString('en'), rows.toLocaleString('en'), through, figure(mb / seconds)],
      ...[mib(peakRssBytes), mib(peakPssBytes), String(diskMib)],
    ]),
  );
  const targets = measured.flatMap((found) => {
    const { format, through, mb, peakRssBytes } = found;
    const first = measured.find((other) => other.format === format && other.through === through);
    if (first === undefined || first === found) return [];
    const name = `size: peak memory (RSS), ${format} ${mb} MB, ${through}`;
    return [atMost(name, peakRssBytes / first.peakRssBytes, MOST_MEMORY, '', `${first.mb} MB`)];
  });
  return {
    title:
      'Size: whole jobs over files of long rows, demo model; memory of all processes: runner or server, and browser',
    markdown,
    targets,
    device: 'wasm',
    data: measured,
  };
}
