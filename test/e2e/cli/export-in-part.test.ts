import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const state = ['--state-dir', join(folder, 'state')];
const ROWS = 60;

const exportAs = (name: string, ...args: string[]) =>
  runCli(['export', 'job', '--out', join(folder, name), ...args, ...state]);
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const lines = (name: string) =>
  text(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly row: number; readonly embedding?: readonly number[] });

type Manifest = {
  readonly rows: number;
  readonly files: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
  readonly fingerprint: object;
  readonly output: object;
};

beforeAll(async () => {
  // Every tenth row is empty and goes to quarantine.
  const rows = Array.from({ length: ROWS }, (_, n) => ({
    id: `=${n}`,
    text: n % 10 === 9 ? '' : `the row number ${n}`,
  }));
  writeFileSync(join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const args = ['--model', DEMO_MODEL, '--id-column', 'id', '--device', 'wasm', '--name', 'job'];
  const run = await runCli([
    ...['run', join(folder, 'rows.jsonl'), ...args],
    ...['--out', join(folder, 'all.jsonl'), ...state],
  ]);
  expect(run.code, run.stderr).toBe(0);
});

describe('an export of a finished job', () => {
  test('has a manifest beside it that says what the file must be and where it comes from', () => {
    const manifest = JSON.parse(text('all.manifest.json')) as Manifest;
    const sha256 = createHash('sha256').update(text('all.jsonl')).digest('hex');
    expect(manifest).toMatchObject({
      job: 'job',
      rows: 54,
      rowsQuarantined: 6,
      model: basename(DEMO_MODEL),
      output: { kind: 'vector', element: 'float32' },
      device: { provider: 'wasm' },
      selection: { rows: null, where: null },
    });
    expect(manifest.files.map(({ name, rows }) => [name, rows])).toEqual([
      ['all.jsonl', 54],
      ['all.quarantine.jsonl', 6],
    ]);
    expect(manifest.files[0]).toMatchObject({ sha256 });
    expect(manifest.fingerprint).toHaveProperty(['batch tokens']);
    // Names alone: where the files lay is nobody's business.
    expect(text('all.manifest.json')).not.toContain(folder);
  });

  test('comes in parts in a folder, which is replaced only when told to', async () => {
    const parts = ['--out-format', 'arrow', '--rows-per-file', '20'];
    const first = await exportAs('parts', ...parts);
    expect(first.code, first.stderr).toBe(0);
    expect(readdirSync(join(folder, 'parts')).toSorted()).toEqual([
      '_SUCCESS',
      '_manifest.json',
      '_quarantine.jsonl',
      ...[0, 1, 2].map((n) => `part-0000${n}.arrow`),
    ]);
    const rows = [0, 1, 2].flatMap((n) => {
      const table = tableFromIPC(readFileSync(join(folder, `parts/part-0000${n}.arrow`)));
      return Array.from(table.getChild('row')!, Number);
    });
    expect(rows).toEqual(lines('all.jsonl').map(({ row }) => row));
    const { files } = JSON.parse(text('parts/_manifest.json')) as Manifest;
    expect(files.map((file) => file.rows)).toEqual([20, 20, 14, 6]);
    for (const { name, sha256 } of files) {
      const bytes = readFileSync(join(folder, 'parts', name));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
    expect(await exportAs('parts', ...parts)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exists already'),
    });
    expect((await exportAs('parts', '--out-format', 'csv', '--rows-per-file', '50', '--force')).code).toBe(0);
    expect(readdirSync(join(folder, 'parts')).filter((name) => name.startsWith('part-'))).toEqual([
      'part-00000.csv',
      'part-00001.csv',
    ]);
    expect(readdirSync(folder).filter((name) => name.startsWith('parts'))).toEqual(['parts']);
  });

  test('may be of some rows, with those of them that are in quarantine or without', async () => {
    expect((await exportAs('some.jsonl', '--rows', '5-19')).code).toBe(0);
    const all = lines('all.jsonl');
    expect(lines('some.jsonl')).toEqual(all.filter(({ row }) => row >= 5 && row <= 19));
    expect(lines('some.quarantine.jsonl').map(({ row }) => row)).toEqual([9, 19]);
    const done = await exportAs('done.csv', '--rows', '55-1000', '--where', 'done');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain('--csv-guard');
    expect(
      text('done.csv')
        .trimEnd()
        .split('\r\n')
        .map((line) => line.slice(0, 7)),
    ).toEqual(['row,id,', ...[55, 56, 57, 58].map((n) => `${n},=${n},`)]);
    expect(existsSync(join(folder, 'done.quarantine.jsonl'))).toBe(false);
  });

  test('may be of the rows in quarantine', async () => {
    expect((await exportAs('bad.jsonl', '--where', 'quarantined', '--rows', '10-40')).code).toBe(0);
    expect(lines('bad.jsonl')).toMatchObject([19, 29, 39].map((row) => ({ row, code: 'ROW_EMPTY' })));
    expect(existsSync(join(folder, 'bad.quarantine.jsonl'))).toBe(false);
  });

  test.each([
    ['x.parquet', ['--where', 'quarantined'], /no result that parquet could hold/],
    ['x.jsonl', ['--where', 'quarantined', '--rows-per-file', '2'], /go into one file/],
    ['x.jsonl', ['--where', 'all'], /it must be done or quarantined/],
    ['x.jsonl', ['--rows', '7'], /two row numbers/],
    ['x.jsonl', ['--rows', '7-3'], /its first row comes after its last one/],
    ['x.jsonl', ['--csv-guard'], /--csv-guard is about CSV/],
    ['x.csv', ['--compression', 'zstd'], /--compression is about Parquet/],
    ['x.jsonl', ['--rows', '60-99'], /the job has rows 0 to 59/],
  ])('refuses %s %j', async (name, args, message) => {
    const { code, stderr } = await exportAs(name, ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(readdirSync(folder).filter((each) => each.startsWith('x.'))).toEqual([]);
  });
});
