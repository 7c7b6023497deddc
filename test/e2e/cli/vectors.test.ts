import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEMO_MODEL, smallBert } from '../../support/fixture-models.ts';
import { realRows, toJsonl, type TextRow } from '../../support/real-text.ts';
import { runCli } from '../../support/run-cli.ts';
import { cosine, SentenceEncoder } from '../../support/sentence-encoder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

type OutputRow = {
  readonly row: number;
  readonly id: string;
  readonly n: number;
  readonly embedding: number[];
};

async function embed(rows: readonly TextRow[], model: string, device: string): Promise<OutputRow[]> {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  const out = join(folder, 'vectors.jsonl');
  writeFileSync(input, toJsonl(rows));
  const { code, stderr } = await runCli([
    ...['run', input, '--model', model, '--text-column', 'text', '--id-column', 'id', '--keep', 'n'],
    ...['--device', device, '--out', out, '--state-dir', join(folder, 'state')],
  ]);
  expect(stderr).not.toMatch(/A fresh one runs/);
  expect(code, stderr).toBe(0);
  return readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as OutputRow);
}

/** The largest distance of any row from the same row run alone, unpadded, on the WASM provider. */
async function worstDistance(
  rows: readonly TextRow[],
  output: readonly OutputRow[],
  model: string,
): Promise<number> {
  await using encoder = await SentenceEncoder.load(model, 128);
  let worst = 0;
  for (const [index, row] of rows.entries()) {
    const [alone] = await encoder.embed([row.text]);
    worst = Math.max(worst, 1 - cosine(output[index]!.embedding, alone!));
  }
  return worst;
}

test.each(['webgpu', 'wasm'])(
  'every vector of a BERT on %s is that of the row run alone, unpadded, on WASM',
  async (device) => {
    const rows = await realRows(60);
    const output = await embed(rows, await smallBert(), device);
    expect(output.map(({ row, id, n }) => ({ row, id, n }))).toEqual(
      rows.map(({ id, n }) => ({ row: n, id, n })),
    );
    expect(await worstDistance(rows, output, await smallBert())).toBeLessThan(1e-5);
  },
);

test('every vector of the demo model on WebGPU is that of the row run alone', async () => {
  const rows = (await realRows(1000)).map((row) => ({ ...row, text: row.text.slice(0, 400) }));
  const output = await embed(rows, DEMO_MODEL, 'webgpu');
  expect(output).toHaveLength(rows.length);
  expect(await worstDistance(rows, output, DEMO_MODEL)).toBeLessThan(1e-5);
});
