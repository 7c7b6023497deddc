import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { makeFolder, removeFolder } from '../../support/temp-folder.ts';

let folder: string;
let input: string;
let model: string;

/** A job that was stopped in the middle, with some rows committed. */
beforeAll(async () => {
  folder = makeFolder();
  input = join(folder, 'rows.jsonl');
  model = join(folder, 'model');
  cpSync(DEMO_MODEL, model, { recursive: true });
  writeFileSync(input, toJsonl(await realRows(40_000)));
  const cli = startCli([
    ...['run', input, '--model', model, '--text-column', 'text', '--id-column', 'id', '--device', 'wasm'],
    ...['--batch-tokens', '1024'],
    ...[
      '--out',
      join(folder, 'vectors.npy'),
      '--state-dir',
      join(folder, 'state'),
      '--name',
      'job',
      '--json',
    ],
  ]);
  await cli.lineMatching(/"kind":"progress".*"rowsDone":[1-9]\d{3}/);
  cli.child.kill('SIGINT');
  expect((await cli.result).code).toBe(130);
});

afterAll(() => removeFolder(folder));

const resume = () => runCli(['resume', 'job', '--state-dir', join(folder, 'state')]);

/** Changes a file, sees the resume refused, and puts the file back. */
async function expectRefused(
  file: string,
  change: (bytes: Buffer) => Buffer,
  says: readonly RegExp[],
): Promise<void> {
  const before = readFileSync(file);
  writeFileSync(file, change(Buffer.from(before)));
  try {
    const { code, stderr } = await resume();
    for (const words of says) expect(stderr).toMatch(words);
    expect(code).toBe(2);
  } finally {
    writeFileSync(file, before);
  }
}

test('a longer input is refused with both sizes', async () => {
  await expectRefused(
    input,
    (bytes) => Buffer.concat([bytes, Buffer.from('{"id":"new","text":"one more"}\n')]),
    [/input size was \d+ and is now \d+/, /Put back what changed/],
  );
});

test('an input with one changed letter, of the same size, is refused with the rows', async () => {
  await expectRefused(
    input,
    (bytes) => {
      // Not in the first mebibyte, which the fingerprint holds, but in a part that was read.
      const at = bytes.indexOf('"text":"', 1_100_000) + 8;
      bytes[at] = bytes[at] === 0x61 ? 0x62 : 0x61;
      return bytes;
    },
    [/rows\.jsonl has changed since this job read it: rows \d+ to \d+/],
  );
});

test('another tokenizer is refused by its file name', async () => {
  const file = join(model, 'tokenizer.json');
  await expectRefused(file, (bytes) => Buffer.concat([bytes, Buffer.from('\n')]), [
    /model file tokenizer\.json was sha256 [0-9a-f]+… and is now sha256 [0-9a-f]+…/,
  ]);
});

test('other weights are refused by their file name', async () => {
  const file = join(model, 'onnx/model.onnx');
  const flip = (bytes: Buffer): Buffer => {
    bytes[3_000_000]! ^= 1;
    return bytes;
  };
  await expectRefused(file, flip, [/model file onnx\/model\.onnx was sha256/]);
});

test('with everything put back it goes on to its end', async () => {
  const { code, stderr, stdout } = await resume();
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/of them from earlier runs/);
});
