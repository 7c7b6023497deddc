import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InputInspection } from '../../../src/core/input-inspection.ts';
import type { JobSummary } from '../../../src/core/job-event.ts';
import { runDuckDb } from '../../support/duckdb.ts';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { makeFolder, removeFolder } from '../../support/temp-folder.ts';

const folder = makeFolder();
afterAll(() => removeFolder(folder));
let jsonl: string;
let expected: string;
let allEvents: string;

function argsOf(name: string, inputs: readonly string[], more: readonly string[] = []): string[] {
  return [
    ...['run', ...inputs, '--model', DEMO_MODEL, '--id-column', 'id', '--device', 'wasm'],
    ...[
      '--batch-tokens',
      '2048',
      ...(more.includes('--dedupe') ? [] : ['--dedupe', 'off']),
      '--name',
      name,
      '--out',
      outOf(name),
      ...more,
    ],
    ...['--state-dir', join(folder, 'state')],
  ];
}

const outOf = (name: string) => join(folder, `out-${name}.jsonl`);

beforeAll(async () => {
  jsonl = toJsonl(await realRows(3000));
  writeFileSync(join(folder, 'all.jsonl'), jsonl);
  const { code, stdout, stderr } = await runCli(
    argsOf('all', [join(folder, 'all.jsonl')], ['--json', '--dedupe', 'off']),
  );
  allEvents = stdout;
  expect(code, stderr).toBe(0);
  expected = readFileSync(outOf('all'), 'utf8');
  expect(expected.split('\n').length).toBe(3001);
});

/** Output lines by row; numbers may differ in their last digits, where batches are other ones. */
function rowsOf(output: string): string[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/(-?\d\.\d{4})\d*/g, '$1'));
}

test('a folder of packed shards gives what one file of all rows does', async () => {
  const data = join(folder, 'data');
  mkdirSync(data);
  const lines = jsonl.trimEnd().split('\n');
  writeFileSync(join(data, 'a.jsonl'), `${lines.slice(0, 1100).join('\n')}\n`);
  writeFileSync(join(data, 'b.jsonl.gz'), gzipSync(lines.slice(1100, 1101).join('\n')));
  writeFileSync(join(data, 'c.jsonl.gz'), gzipSync(`${lines.slice(1101).join('\n')}\n`));
  writeFileSync(join(data, 'NOTES'), 'not a dataset');
  const { code, stdout, stderr } = await runCli(argsOf('shards', [data]));
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/The input has 3 files, from a\.jsonl to c\.jsonl\.gz; 1 of other kinds/);
  expect(rowsOf(readFileSync(outOf('shards'), 'utf8')).map((line) => line.slice(0, 60))).toEqual(
    rowsOf(expected).map((line) => line.slice(0, 60)),
  );
});

test('Parquet gives the same bytes as the JSONL that it was made of', async () => {
  const from = join(folder, 'all.jsonl');
  const parquet = join(folder, 'all.parquet');
  await runDuckDb(
    `COPY (SELECT * FROM read_json('${from}', format='newline_delimited')) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  const { code, stderr } = await runCli(argsOf('parquet', [parquet]));
  expect(code, stderr).toBe(0);
  expect(readFileSync(outOf('parquet'), 'utf8')).toBe(expected);
});

test('standard input is kept until the job is done, and gives the same bytes after a kill', async () => {
  const { child, lineMatching, result } = startCli(argsOf('stdin', ['-'], ['--format', 'jsonl', '--json']));
  child.stdin!.end(jsonl);
  await lineMatching(/"stage":"running"/);
  child.kill('SIGKILL');
  await result;
  const spool = join(folder, 'state/stdin');
  expect(readdirSync(spool)).toEqual(['stdin']);
  const { code, stderr } = await runCli(['resume', 'stdin', '--state-dir', join(folder, 'state')]);
  expect(code, stderr).toBe(0);
  expect(readFileSync(outOf('stdin'), 'utf8')).toBe(expected);
  expect(existsSync(join(spool, 'stdin'))).toBe(false);
});

test('standard input without a format, or without rows, leaves nothing behind', async () => {
  const { code, stderr } = await runCli(argsOf('nameless', ['-']));
  expect([code, stderr]).toEqual([2, expect.stringContaining('Say --format jsonl')]);
  const empty = startCli(argsOf('empty', ['-'], ['--format', 'csv']));
  empty.child.stdin!.end();
  expect(await empty.result).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Standard input is empty') as string,
  });
  expect(readdirSync(join(folder, 'state/stdin'))).toEqual([]);
});

test('inspect says what is in a file, and how long its texts are for a model', async () => {
  const file = join(folder, 'all.jsonl');
  const args = [
    'inspect',
    file,
    '--model',
    DEMO_MODEL,
    '--id-column',
    'id',
    '--state-dir',
    join(folder, 'state'),
  ];
  const { code, stdout, stderr } = await runCli([...args, '--json']);
  expect(code, stderr).toBe(0);
  const found = JSON.parse(stdout) as InputInspection;
  expect(found).toMatchObject({
    format: 'jsonl',
    totalRows: 3000,
    totalExact: true,
    textColumn: 'text',
    problems: [],
  });
  const tokens = found.tokens!;
  expect(tokens.histogram.reduce((sum, { rows }) => sum + rows, 0)).toBe(3000);
  // The job counts the same tokens as it computes them.
  const line = allEvents.split('\n').find((one) => one.includes('"kind":"summary"'));
  const { summary } = JSON.parse(line!) as { readonly summary: JobSummary };
  expect(tokens.jobTokens).toBe(summary.tokens);
  const text = await runCli(args);
  expect(text.stdout).toMatch(/rows {6}3,000; looked at: all of them/);
  expect(text.stdout).toMatch(/none is longer than|and will be cut/);
});
