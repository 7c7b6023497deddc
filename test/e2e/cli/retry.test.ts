import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { browserPids } from '../../support/browser-processes.ts';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ROWS = 16_000;
const WORDS = 'the of cat river music stone green runs under bright old window paper north'.split(' ');
/** The model of the test gives NaN for it. */
const NAN_WORD = 'zebra';

/** So many rows are broken that their retry takes long enough to be killed. */
function lineOf(row: number, broken: boolean): string {
  const text = `${WORDS[row % 14]} ${WORDS[(row * 5 + 1) % 14]} ${WORDS[(row * 3 + 2) % 14]}`;
  if (!broken || row % 2 === 0) return JSON.stringify({ id: row, text });
  if (row % 3 === 0) return `{"id": ${row}, "text": "${text}`;
  if (row % 3 === 1) return JSON.stringify({ id: row, body: text });
  return JSON.stringify({ id: row, text: `${text} ${NAN_WORD}` });
}

function write(path: string, broken: boolean): void {
  writeFileSync(path, Array.from({ length: ROWS }, (_, row) => `${lineOf(row, broken)}\n`).join(''));
}

/** The demo model with a word whose vector is NaN. */
function modelWithNaN(dir: string): string {
  cpSync(DEMO_MODEL, dir, { recursive: true });
  const { model } = JSON.parse(readFileSync(join(dir, 'tokenizer.json'), 'utf8')) as {
    readonly model: { readonly vocab: Readonly<Record<string, number>> };
  };
  const path = join(dir, 'onnx/model.onnx');
  const bytes = readFileSync(path);
  const ids = Object.keys(model.vocab).length;
  // The vectors are the one field with so many bytes: its length is followed by them.
  for (let dims = 8; dims <= 512; dims++) {
    const length = varint(ids * dims * 4);
    const at = bytes.indexOf(Buffer.from([0x4a, ...length]));
    if (at < 0) continue;
    const word = at + 1 + length.length + model.vocab[NAN_WORD]! * dims * 4;
    for (let place = 0; place < dims; place++) bytes.writeFloatLE(Number.NaN, word + place * 4);
    writeFileSync(path, bytes);
    return dir;
  }
  throw new Error(`${path} has no vectors for ${ids} words`);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

test('rows in quarantine are mended and retried, through kill -9, to the bytes of a clean run', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  const out = join(folder, 'out.npy');
  const state = ['--state-dir', join(folder, 'state')];
  const model = modelWithNaN(join(folder, 'model'));
  const args = ['--model', model, '--id-column', 'id', '--device', 'wasm', '--dedupe', 'off'];
  write(input, true);
  const run = ['run', input, ...args, '--batch-tokens', '64', '--max-quarantine', '100%', '--name', 'job'];
  const first = await runCli([...run, '--out', out, ...state]);
  expect(first.code, first.stderr).toBe(0);
  const quarantine = join(folder, 'out.quarantine.jsonl');
  const set = readFileSync(quarantine, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(set).toHaveLength(ROWS / 2);
  expect(set.slice(0, 3)).toMatchObject([
    { row: 1, code: 'ROW_COLUMN_MISSING', input: lineOf(1, true), inputCut: false },
    { row: 3, code: 'ROW_NOT_JSON', input: lineOf(3, true) },
    {
      row: 5,
      code: 'ROW_NOT_FINITE',
      input: JSON.stringify({ text: JSON.parse(lineOf(5, true)).text, id: 5 }),
    },
  ]);

  // A change of another row is refused, and the job is what it was.
  writeFileSync(
    input,
    Array.from({ length: ROWS }, (_, row) => `${lineOf(row === 8 ? 9 : row, false)}\n`).join(''),
  );
  const before = readFileSync(out);
  const refused = await runCli(['retry', 'job', ...state]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('rows.jsonl has changed');
  expect(refused.stderr).toContain('row 8');
  expect(readFileSync(out).equals(before)).toBe(true);

  write(input, false);
  const killed = startCli(['retry', 'job', '--json', ...state]);
  await killed.lineMatching(/"kind":"progress".*"rowsQuarantined":(?!8000)[1-9]/);
  process.kill(killed.child.pid!, 'SIGKILL');
  for (const pid of browserPids(join(folder, 'state'))) process.kill(pid, 'SIGKILL');
  await killed.result;
  expect(readFileSync(out).equals(before), 'the output is as it was').toBe(true);

  const retried = await runCli(['retry', 'job', '--json', ...state]);
  expect(retried.code, retried.stderr).toBe(0);
  expect(retried.stdout).toMatch(/"kind":"resumed"/);
  expect(existsSync(quarantine)).toBe(false);
  const manifest = JSON.parse(readFileSync(join(folder, 'out.manifest.json'), 'utf8')) as object;
  expect(manifest).toMatchObject({
    rows: ROWS,
    retries: [{ round: 1, rowsRetried: ROWS / 2, rowsMended: ROWS / 2, rowsQuarantined: 0 }],
  });

  const clean = join(folder, 'clean.npy');
  const whole = await runCli(['run', input, ...args, '--out', clean, '--name', 'clean', ...state]);
  expect(whole.code, whole.stderr).toBe(0);
  for (const suffix of ['.npy', '.ids.jsonl'])
    expect(
      readFileSync(join(folder, `out${suffix}`)).equals(readFileSync(join(folder, `clean${suffix}`))),
      `the same bytes as a clean run: ${suffix}`,
    ).toBe(true);

  const again = await runCli(['retry', 'job', ...state]);
  expect(again.code).toBe(0);
  expect(again.stderr + again.stdout).toContain('no row in quarantine');
});
