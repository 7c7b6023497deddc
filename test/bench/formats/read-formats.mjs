// @ts-check
// `node test/bench/formats/read-formats.mjs [--mb 50,500]`: how fast inputs are read to chunks, each in a process of its own
// beside its rival, and the most memory that takes. In Node, so that a process has one thing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { build } from 'vite';
import { installRival } from '../install-rival.mjs';

const FOLDER = fileURLToPath(new URL('../../../.cache/bench-formats', import.meta.url));
const ROW_BYTES = 420;
const FILES = [
  { name: 'rows.jsonl', options: 'FORMAT json', rivals: ['json-parse'] },
  { name: 'rows.csv', options: 'FORMAT csv, HEADER', rivals: ['papaparse', 'udsv'] },
  { name: 'rows.csv.gz', options: 'FORMAT csv, HEADER, COMPRESSION gzip', rivals: [] },
  { name: 'rows.csv.zst', options: 'FORMAT csv, HEADER, COMPRESSION zstd', rivals: [] },
  { name: 'rows.parquet', options: 'FORMAT parquet, COMPRESSION zstd', rivals: ['hyparquet'] },
];

/** @param {number} mb of JSON Lines */
async function writeFiles(mb) {
  const folder = `${FOLDER}/${mb}`;
  mkdirSync(folder, { recursive: true });
  if (FILES.every(({ name }) => existsSync(`${folder}/${name}`))) return folder;
  const rows = Math.round((mb * 1e6) / ROW_BYTES);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE t AS SELECT 'id ' || i AS id, (i % 97)::INT AS n,
    md5(i::VARCHAR) || ' some words, a "quote" and more of them ' || repeat('the quick brown fox ', (i % 28)::INT) AS text
    FROM range(${rows}) r(i)`);
  for (const { name, options } of FILES) await connection.run(`COPY t TO '${folder}/${name}' (${options})`);
  connection.closeSync();
  instance.closeSync();
  return folder;
}

const { values } = parseArgs({ options: { mb: { type: 'string', default: '50,500' } } });
const modules = installRival();
await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: fileURLToPath(new URL('read-worker.ts', import.meta.url)),
    outDir: `${FOLDER}/build`,
    rolldownOptions: { output: { entryFileNames: 'read-worker.mjs' } },
  },
  ssr: { noExternal: true },
});
console.log('| file | read by | MB/s | rows/s | peak memory |\n|---|---|---|---|---|');
for (const mb of values.mb.split(',').map(Number)) {
  const folder = await writeFiles(mb);
  for (const { name, rivals } of FILES) {
    for (const reader of ['millrace', ...rivals]) {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [`${FOLDER}/build/read-worker.mjs`, `${folder}/${name}`, reader, modules],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(`${reader} on ${name}: ${stderr}`);
      const { seconds, rows, maxRssMb } = JSON.parse(stdout);
      const bytes = statSync(`${folder}/${name}`).size;
      console.log(
        `| ${name}, ${Math.round(bytes / 1e6)} MB | ${reader} | ${Math.round(bytes / 1e6 / seconds)} | ${Math.round(rows / seconds).toLocaleString('en')} | ${maxRssMb} MiB |`,
      );
    }
  }
}
