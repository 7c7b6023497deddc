import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { smallBert } from '../../support/fixture-models.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { cosine, SentenceEncoder } from '../../support/sentence-encoder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

type WindowRow = {
  readonly row: number;
  readonly window: number;
  readonly start_char: number;
  readonly end_char: number;
  readonly id: string;
  readonly embedding: readonly number[];
};

const MAX_LENGTH = 32;

test('windows of long texts, killed and resumed, have the vectors of their slices run alone; kept columns repeat', async () => {
  const folder = tempFolder();
  const rows = await realRows(200);
  const input = join(folder, 'rows.jsonl');
  writeFileSync(input, toJsonl(rows));
  const model = await smallBert();
  const [out, stateDir] = [join(folder, 'out.jsonl'), join(folder, 'state')];
  const cli = startCli([
    ...[
      'run',
      input,
      '--model',
      model,
      '--long',
      'split',
      '--overlap',
      '6',
      '--max-length',
      String(MAX_LENGTH),
    ],
    ...['--device', 'wasm', '--batch-tokens', '256', '--id-column', 'id'],
    ...['--out', out, '--state-dir', stateDir, '--name', 'job', '--json'],
  ]);
  await cli.lineMatching(/"kind":"progress".*"rowsDone":[1-9]/);
  cli.child.kill('SIGKILL');
  await cli.result;
  const { code, stdout, stderr } = await runCli(['resume', 'job', '--state-dir', stateDir]);
  expect(code, stderr).toBe(0);

  const windows = readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as WindowRow);
  const split = rows.map((_, row) => windows.filter((window) => window.row === row));
  for (const [row, { id, text }] of rows.entries()) {
    const own = split[row]!;
    expect(own.map((window) => [window.window, window.id])).toEqual(own.map((_, index) => [index, id]));
    expect([own[0]!.start_char, own.at(-1)!.end_char]).toEqual([0, Array.from(text).length]);
  }
  const longer = split.filter((own) => own.length > 1).length;
  expect(longer).toBeGreaterThan(30);
  expect(stdout).toContain(
    `${windows.length.toLocaleString('en')} written, windows of 200 rows of the input`,
  );
  expect(stdout).toContain(
    `${longer} rows longer than the model, split; ${windows.length.toLocaleString('en')} windows in all`,
  );
  const manifest = JSON.parse(readFileSync(join(folder, 'out.manifest.json'), 'utf8')) as object;
  expect(manifest).toMatchObject({
    rows: windows.length,
    inputRows: 200,
    longTexts: { long: 'split', overlap: 6, rowsTruncated: 0, rowsSplit: longer, windows: windows.length },
  });

  await using encoder = await SentenceEncoder.load(model, MAX_LENGTH);
  for (const { row, start_char, end_char, embedding } of windows.filter((_, index) => index % 9 === 0)) {
    const slice = Array.from(rows[row]!.text).slice(start_char, end_char).join('');
    const [alone] = await encoder.embed([slice]);
    expect(1 - cosine(embedding, alone!)).toBeLessThan(1e-5);
  }
});
