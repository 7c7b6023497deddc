import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { channelTables } from '../../../src/device/pixel-feeds.ts';
import { SMALL_IMAGE } from '../../fixtures/images/write-image-model.mjs';
import { COLOURS, smallImageModel } from '../../support/fixture-models.ts';
import { fromBase64, GOLDEN_CASES, GOLDEN_NORMALISED, inputOf } from '../../support/image-golden.ts';
import { imageReference, normalized } from '../../support/image-reference.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/images/', import.meta.url));
const IS_PICTURE = /\.(?:png|jpg|webp|gif|bmp|avif|tif)$/;
/** More than a window holds, so that a kill meets a job that is half done. */
const COPIES = 150;

type Row = { readonly path: string; readonly width?: number; readonly embedding: readonly number[] };
type Labelled = { readonly path: string; readonly label: string; readonly score: number };
type Bad = { readonly id: string | null; readonly code: string; readonly message: string };

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** What the fixture model gives for a picture that Pillow scaled. */
function expectedTokens(file: string, labels: number | null): number[][] {
  const { size } = SMALL_IMAGE;
  const one = GOLDEN_CASES.find(
    ({ file: name, width, height, resize }) =>
      name === file && width === size && height === size && resize !== null && 'edge' in resize,
  )!;
  const tables = channelTables({ ...inputOf(one), ...GOLDEN_NORMALISED });
  const values = Array.from(
    fromBase64(one.planes),
    (value, at) => tables[Math.floor(at / size ** 2)]![value]!,
  );
  return imageReference(values, { ...SMALL_IMAGE, labels });
}

test('a folder of pictures becomes vectors by path, also when it is killed half-way; bad ones are set aside', async () => {
  const folder = tempFolder();
  const input = join(folder, 'shots');
  mkdirSync(join(input, 'more'), { recursive: true });
  for (const name of readdirSync(FIXTURES).filter((one) => IS_PICTURE.test(one)))
    cpSync(join(FIXTURES, name), join(input, name));
  writeFileSync(join(input, 'labels.csv'), 'path,label\n');
  writeFileSync(join(input, '.hidden.png'), 'x');
  const bmp = new Uint8Array(readFileSync(join(FIXTURES, 'plain.bmp')));
  for (let copy = 0; copy < COPIES; copy++)
    writeFileSync(join(input, `more/${copy}.bmp`), bmp.with(2000 + copy * 3, copy & 255));
  const args = (out: string) => [
    ...['run', input, '--format', 'images', '--model', model, '--device', 'wasm', '--keep', 'width'],
    ...[
      '--batch-tokens',
      '256',
      '--out',
      join(folder, out),
      '--state-dir',
      join(folder, `state-${out}`),
      '--json',
    ],
  ];
  const model = await smallImageModel(null);

  const whole = await runCli(args('whole.jsonl'));
  expect(whole.code, whole.stderr + whole.stdout.slice(-1500)).toBe(0);
  const rows = lines<Row>(join(folder, 'whole.jsonl'));
  const bad = lines<Bad>(join(folder, 'whole.quarantine.jsonl'));
  expect(rows).toHaveLength(COPIES + 14);
  expect(bad.map(({ id, code }) => [id, code])).toEqual([
    [null, 'ROW_TOO_LARGE'],
    ['cut-short.jpg', 'ROW_BAD_IMAGE'],
    [null, 'ROW_NOT_IMAGE'],
    [null, 'ROW_NOT_IMAGE'],
  ]);
  expect(bad[0]!.message).toMatch(/^bomb\.png says that it has 60,000 x 60,000 pixels/);
  expect(bad[1]!.message).toMatch(/^cut-short\.jpg cannot be decoded: JPEG of 839 bytes/);
  for (const file of ['plain.png', 'progressive-turned.jpg']) {
    const row = rows.find(({ path }) => path === file)!;
    const expected = normalized(expectedTokens(file, null)[0]!);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - row.embedding[i]!)));
    expect(worst, file).toBeLessThan(1e-5);
    expect(row.width).toBe(40);
  }

  const killed = startCli(args('killed.jsonl'));
  await killed.lineMatching(/"kind":"progress".*"rowsDone":[1-9]/);
  process.kill(killed.child.pid!, 'SIGKILL');
  expect((await killed.result).code).toBeNull();
  const resumed = await runCli(['resume', '--state-dir', join(folder, 'state-killed.jsonl'), '--json']);
  expect(resumed.code, resumed.stderr).toBe(0);
  for (const suffix of ['.jsonl', '.quarantine.jsonl'])
    expect(readFileSync(join(folder, `killed${suffix}`))).toEqual(
      readFileSync(join(folder, `whole${suffix}`)),
    );
});

test('an archive of pictures is classified on WebGPU, which agrees with WASM', async () => {
  const folder = tempFolder();
  const names = ['plain.png', 'progressive-turned.jpg', 'alpha.png', 'animated.gif'];
  const input = join(folder, 'shots.zip');
  const members = Object.fromEntries(
    names.map((name) => [name, new Uint8Array(readFileSync(join(FIXTURES, name)))]),
  );
  writeFileSync(input, zipSync(members));
  const { code, stdout, stderr } = await runCli([
    ...['run', input, '--model', await smallImageModel(COLOURS), '--task', 'classify', '--device', 'webgpu'],
    ...['--out', join(folder, 'labels.jsonl'), '--state-dir', join(folder, 'state')],
  ]);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/agrees with WASM on 3 rows/);
  const rows = lines<Labelled>(join(folder, 'labels.jsonl'));
  expect(rows.map(({ path }) => path)).toEqual(names.toSorted().map((name) => `shots.zip/${name}`));
  for (const file of names.slice(0, 2)) {
    const [logits] = expectedTokens(file, COLOURS.length);
    const exponents = logits!.map(Math.exp);
    const best = exponents.indexOf(Math.max(...exponents));
    const row = rows.find(({ path }) => path.endsWith(file))!;
    expect(row.label).toBe(COLOURS[best]);
    expect(row.score).toBeCloseTo(exponents[best]! / exponents.reduce((a, b) => a + b), 5);
  }
});
