import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { toJsonl } from '../../support/real-text.ts';
import { runCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

type Case = {
  readonly name: string;
  readonly file?: string;
  readonly content: string | Uint8Array;
  readonly args?: readonly string[];
  /** Makes a damaged model; the demo model is used when left out. */
  readonly model?: (dir: string) => void;
  /** All of these are in what the terminal shows. */
  readonly says: readonly string[];
};

const refused: readonly Case[] = [
  { name: 'an empty file', content: '', says: ['rows.jsonl', 'empty'] },
  { name: 'only blank lines', content: '\n\n \n', says: ['rows.jsonl', 'no records'] },
  {
    name: 'a missing column',
    content: toJsonl([{ body: 'a dog' }, { body: 'a cat' }]),
    says: ['rows.jsonl', 'no column "text"', 'columns found: body', '--text-column'],
  },
  {
    name: 'a kept column that is missing, in CSV',
    file: 'rows.csv',
    content: 'id,text\n1,a dog\n',
    args: ['--keep', 'author'],
    says: ['rows.csv', 'no column "author"', 'id, text', '--keep'],
  },
  {
    name: 'a file that is not JSON lines at all',
    content: 'just some text\nand more\n',
    says: ['rows.jsonl', 'JSON'],
  },
  {
    name: 'a model directory without a tokenizer',
    content: toJsonl([{ text: 'a dog' }]),
    model: (dir) => rmSync(join(dir, 'tokenizer.json')),
    says: ['has no tokenizer.json', 'optimum-cli'],
  },
  {
    name: 'an ONNX file cut short',
    content: toJsonl([{ text: 'a dog' }]),
    model: (dir) => truncateSync(join(dir, 'onnx/model.onnx'), 100_000),
    says: ['onnx/model.onnx (100000 bytes)', 'not a readable ONNX model', 'Download it again'],
  },
];

async function run(folder: string, input: string, model: string, args: readonly string[]) {
  const out = join(folder, 'vectors.jsonl');
  const common = [
    '--text-column',
    'text',
    '--device',
    'wasm',
    '--out',
    out,
    '--state-dir',
    join(folder, 'state'),
  ];
  return { out, ...(await runCli(['run', input, '--model', model, ...common, ...args])) };
}

function readLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

test.each(refused)(
  '$name is refused with what to do, exit code 2',
  async ({ file, content, args, model, says }) => {
    const folder = tempFolder();
    const input = join(folder, file ?? 'rows.jsonl');
    writeFileSync(input, content);
    let dir = 'demo';
    if (model !== undefined) {
      dir = join(folder, 'model');
      cpSync(DEMO_MODEL, dir, { recursive: true });
      model(dir);
    }
    const { code, stderr, out } = await run(folder, input, dir, args ?? []);
    for (const words of says) expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  },
);

test('bad rows of every kind go to quarantine with row, id, code and line; the others get their vectors', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  const good = (id: number, text: string) => `${JSON.stringify({ id, text })}\n`;
  writeFileSync(
    input,
    Buffer.concat([
      Buffer.from(good(1, 'a small dog')),
      Buffer.from('not json\n'),
      Buffer.from('{"id":2,"text":"caf'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}\n'),
      Buffer.from(good(1, 'the id of another row')),
      Buffer.from('[1]\n{"id":3}\n{"id":4,"text":7}\n{"id":5,"text":""}\n{"text":"no id"}\n'),
      Buffer.from(good(6, 'word and another '.repeat(310_000))),
      Buffer.from(good(7, 'the end')),
    ]),
  );
  const { code, out, stderr } = await run(folder, input, 'demo', ['--id-column', 'id']);
  expect(code, stderr).toBe(0);
  expect(readLines<{ row: number; id: number }>(out).map(({ row, id }) => [row, id])).toEqual([
    [0, 1],
    [9, 6],
    [10, 7],
  ]);
  const quarantine = readLines<{ row: number; id: string | null; code: string; message: string }>(
    join(folder, 'vectors.quarantine.jsonl'),
  );
  expect(quarantine.map(({ row, id, code: reason }) => [row, id, reason])).toEqual([
    [1, null, 'ROW_NOT_JSON'],
    [2, null, 'ROW_BAD_UTF8'],
    [3, '1', 'ROW_DUPLICATE_ID'],
    [4, null, 'ROW_NOT_OBJECT'],
    [5, '3', 'ROW_COLUMN_MISSING'],
    [6, '4', 'ROW_NOT_TEXT'],
    [7, '5', 'ROW_EMPTY'],
    [8, null, 'ROW_ID_MISSING'],
  ]);
  for (const { row, message } of quarantine) expect(message).toContain(`line ${row + 1}`);
});

test('a CSV with quotes and line breaks in its cells keeps them; a row of the wrong width goes to quarantine', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.csv');
  writeFileSync(
    input,
    'id,text,note\r\n1,"a ""quoted"" dog\r\nsecond line","x\ny"\r\n2,plain,"y,z"\r\n3,too,many,fields\r\n4,last,ok\r\n',
  );
  const { code, out, stderr } = await run(folder, input, 'demo', [
    '--id-column',
    'id',
    '--keep',
    'text,note',
  ]);
  expect(code, stderr).toBe(0);
  const rows = readLines<{ row: number; id: string; text: string; note: string }>(out);
  expect(rows.map(({ row, id, text, note }) => ({ row, id, text, note }))).toEqual([
    { row: 0, id: '1', text: 'a "quoted" dog\r\nsecond line', note: 'x\ny' },
    { row: 1, id: '2', text: 'plain', note: 'y,z' },
    { row: 3, id: '4', text: 'last', note: 'ok' },
  ]);
  const [bad] = readLines<{ row: number; code: string }>(join(folder, 'vectors.quarantine.jsonl'));
  expect(bad).toMatchObject({ row: 2, code: 'ROW_BAD_CSV' });
});

test('one row is enough', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  writeFileSync(input, '{"text":"one row, without a line end"}');
  const { code, out, stderr } = await run(folder, input, 'demo', []);
  expect(code, stderr).toBe(0);
  const [only] = readLines<{ row: number; embedding: number[] }>(out);
  expect(only?.row).toBe(0);
  expect(Math.hypot(...only!.embedding)).toBeCloseTo(1, 5);
});

test('a job that is mostly wrong stops with exit code 3 and says why; a higher limit goes on', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  const out = join(folder, 'vectors.jsonl');
  const state = ['--state-dir', join(folder, 'state'), '--json'];
  writeFileSync(
    input,
    toJsonl(Array.from({ length: 2000 }, (_, n) => (n % 4 === 0 ? { text: 'a dog' } : { text: '' }))),
  );
  const first = await runCli([
    ...['run', input, '--model', DEMO_MODEL, '--device', 'wasm', '--out', out, '--name', 'job', ...state],
  ]);
  expect(first.code, first.stderr).toBe(3);
  expect(first.stdout).toContain('"code":"QUARANTINE_LIMIT"');
  expect(first.stdout).toMatch(/more rows are in quarantine than 50%.*Most of them \(\d+\) are ROW_EMPTY/);
  expect(existsSync(out)).toBe(false);
  const again = await runCli(['resume', 'job', ...state]);
  expect(again.code, 'the limit is as it was').toBe(3);
  const last = await runCli(['resume', 'job', '--max-quarantine', '1500', ...state]);
  expect(last.code, last.stderr).toBe(0);
  expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(500);
});
