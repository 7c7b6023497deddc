// @ts-check
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';
import { figure, table } from './table.mjs';
import { atLeast } from './targets.mjs';

const FOLDER = fileURLToPath(new URL('../../.cache/bench-formats', import.meta.url));

/** Formats in, with what reads them beside Millrace and the least share of the first one's rate. */
const IN = [
  { name: 'rows.jsonl', rivals: ['JSON.parse a line'], least: 0.5 },
  { name: 'rows.csv', rivals: ['PapaParse', 'uDSV'], least: 1 },
  { name: 'rows.tsv', rivals: ['PapaParse', 'uDSV'], least: 1 },
  { name: 'rows.txt', rivals: ['lines of Node'], least: 0.5 },
  { name: 'rows.jsonl.gz', rivals: ['JSON.parse a line'], least: 0.5 },
  { name: 'rows.jsonl.zst', rivals: [], least: 0 },
  { name: 'snappy.parquet', rivals: ['hyparquet'], least: 0.5 },
  { name: 'zstd.parquet', rivals: ['hyparquet'], least: 0.5 },
  { name: 'rows.arrow', rivals: ['apache-arrow'], least: 0.5 },
];

/** Formats out; MB/s are those of the vectors, whatever the file takes. */
const OUT = [
  { name: 'vectors.parquet', rivals: ['hyparquet-writer', 'the bytes alone'], least: 2 },
  { name: 'zstd.parquet', rivals: [], least: 0 },
  { name: 'vectors.arrow', rivals: ['apache-arrow', 'the bytes alone'], least: 0.5 },
  { name: 'vectors.npy', rivals: ['the bytes alone'], least: 0.5 },
  { name: 'vectors.jsonl', rivals: ['JSON.stringify a row'], least: 1 },
  { name: 'vectors.csv', rivals: ['PapaParse'], least: 1 },
];
const LEAST_PARQUET_MB = 150;

/**
 * @typedef {{ readonly way: 'in' | 'out', readonly name: string, readonly mb: number, readonly by: string, readonly least: number,
 *   readonly megabytes: number, readonly rowsPerSecond: number, readonly cpuSeconds: number | null, readonly fileBytes: number,
 *   readonly peakMib: number }} Measured
 */

/**
 * Every format read to chunks and written from results, beside the library that people use for it: each in a process of its
 * own, so that its memory is its own. Readers by turns, medians; writers once. A rival looks at each id and text that it made
 * and does nothing else; Millrace also checks each row, hashes the source and packs its chunks.
 *
 * @param {{ readonly sizes: readonly number[], readonly rounds: number, readonly modules: string, readonly only: readonly string[] | null, readonly built: boolean }} options
 *   `only`: ends of file names.
 * @returns {Promise<import('./write-report.mjs').Section>}
 */
export async function benchFormats({ sizes, rounds, modules, only, built }) {
  if (!built) await (await import('./formats/build-workers.mjs')).buildFormatWorkers(FOLDER);
  const { makeFiles } = await import('./formats/make-files.mjs');
  const wanted = (/** @type {{ readonly name: string }} */ { name }) =>
    only === null || only.some((end) => name.endsWith(end));
  /** @type {Measured[]} */
  const measured = [];
  const note = (/** @type {Measured} */ found) => {
    measured.push(found);
    const { way, name, mb, by, megabytes, peakMib } = found;
    console.log(`  ${way} ${name}, ${mb} MB, ${by}: ${figure(megabytes)} MB/s, ${peakMib} MiB`);
  };
  for (const mb of sizes) {
    const folder = await makeFiles(FOLDER, mb);
    for (const { name, rivals, least } of IN.filter(wanted)) {
      const contenders = ['Millrace', ...rivals];
      const runs = contenders.map(() => /** @type {Record<string, number>[]} */ ([]));
      for (let round = 0; round < rounds; round++)
        for (const [index, by] of contenders.entries())
          runs[index]?.push(await worker('read-worker', [`${folder}/${name}`, by, modules]));
      checkSame(name, runs.slice(1).flat(), 'characters');
      checkSame(name, runs.flat(), 'rows');
      const fileBytes = statSync(`${folder}/${name}`).size;
      for (const [index, by] of contenders.entries()) {
        const over = (/** @type {string} */ key) => median((runs[index] ?? []).map((run) => run[key] ?? NaN));
        note({
          ...{ way: 'in', name, mb, by, least, fileBytes, peakMib: over('peakMib') },
          megabytes: fileBytes / 1e6 / over('seconds'),
          rowsPerSecond: over('rows') / over('seconds'),
          cpuSeconds: over('cpuSeconds'),
        });
      }
    }
    for (const { name, rivals, least } of OUT.filter(wanted)) {
      for (const by of ['Millrace', ...rivals]) {
        const out = `${FOLDER}/out`;
        const { seconds, rows, vectorBytes, fileBytes, peakMib } = await worker('write-worker', [
          ...[name, by, String(mb), out, modules],
        ]);
        rmSync(out, { recursive: true, force: true });
        note({
          ...{ way: 'out', name, mb, by, least, cpuSeconds: null, fileBytes, peakMib },
          megabytes: vectorBytes / 1e6 / seconds,
          rowsPerSecond: rows / seconds,
        });
      }
    }
  }
  return describe(measured);
}

/** @param {string} name @param {readonly Readonly<Record<string, number>>[]} runs @param {string} key */
function checkSame(name, runs, key) {
  const found = new Set(runs.map((run) => run[key]));
  if (found.size > 1) throw new Error(`${name}: readers found ${[...found].join(' and ')} ${key}`);
}

/** @param {string} name @param {readonly string[]} args */
async function worker(name, args) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    // What a rival keeps of 500 MB is more than Node's own limit.
    ['--max-old-space-size=12000', `${FOLDER}/build/${name}.mjs`, ...args],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${args.slice(0, 3).join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

/** @param {readonly Measured[]} measured @returns {import('./write-report.mjs').Section} */
function describe(measured) {
  const own = (/** @type {Measured} */ { way, name, mb }) =>
    measured.find((other) => other.way === way && other.name === name && other.mb === mb);
  const markdown = table(
    ['', 'file', 'by', 'MB/s', 'rows/s', 'CPU seconds', 'peak memory MiB', 'file MB', 'Millrace / it'],
    measured.map((found) => {
      const { way, name, by, megabytes, rowsPerSecond, cpuSeconds, fileBytes, peakMib } = found;
      const ratio = (own(found)?.megabytes ?? NaN) / megabytes;
      return [
        ...[
          way,
          name,
          by,
          figure(megabytes),
          figure(rowsPerSecond),
          cpuSeconds?.toFixed(2) ?? '',
          String(peakMib),
        ],
        ...[String(Math.round(fileBytes / 1e6)), by === 'Millrace' ? '' : ratio.toFixed(2)],
      ];
    }),
  );
  const firstRivals = measured.filter(
    (found, index) => measured[index - 1]?.by === 'Millrace' && found.by !== 'Millrace',
  );
  const targets = firstRivals.map((found) => {
    const { way, name, mb, by, least, megabytes } = found;
    const ratio = (own(found)?.megabytes ?? NaN) / megabytes;
    return atLeast(`${way}: ${name}, ${mb} MB`, ratio, least, '', by);
  });
  const parquet = measured
    .filter(({ way, name, by }) => way === 'out' && name === 'vectors.parquet' && by === 'Millrace')
    .map(({ mb, megabytes }) => atLeast(`out: Parquet, ${mb} MB`, megabytes, LEAST_PARQUET_MB, ' MB/s'));
  return {
    title:
      'Formats: files to chunks (rivals: to values that are looked at, and nothing more), and vectors of 384 float32 with an id to files, each in a process of Node',
    markdown,
    targets: [...targets, ...parquet],
    device: null,
    data: measured,
  };
}
