import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEMO_MODEL, EMOTIONS, smallClassifier } from '../../support/fixture-models.ts';
import { realRows, toJsonl, type TextRow } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { SentenceEncoder } from '../../support/sentence-encoder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

async function realInput(count: number, mostChars = Infinity) {
  const folder = tempFolder();
  const rows = (await realRows(count)).map((row) => ({ ...row, text: row.text.slice(0, mostChars) }));
  const input = join(folder, 'rows.jsonl');
  writeFileSync(input, toJsonl(rows));
  return { rows, input, out: join(folder, 'out.jsonl'), stateDir: join(folder, 'state') };
}

function linesOf(path: string): readonly unknown[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

type LabelledRow = {
  readonly row: number;
  readonly id: string;
  readonly labels: readonly string[];
  readonly scores: readonly number[];
};

/** Each row's scores run alone, unpadded, on the WASM provider: a softmax in doubles. */
async function scoresAlone(rows: readonly TextRow[], model: string): Promise<readonly (readonly number[])[]> {
  await using encoder = await SentenceEncoder.load(model, 128);
  const scores: number[][] = [];
  for (const { text } of rows) {
    const { output } = await encoder.run([text]);
    const powers = Array.from(output.data as Float32Array, (logit) => Math.exp(logit));
    const sum = powers.reduce((total, power) => total + power, 0);
    scores.push(powers.map((power) => power / sum));
  }
  return scores;
}

test('classify on WebGPU, drained and resumed, gives the best labels of each row run alone', async () => {
  const { rows, input, out, stateDir } = await realInput(36);
  const model = await smallClassifier();
  const cli = startCli([
    ...['run', input, '--model', model, '--task', 'classify', '--top-k', '3', '--id-column', 'id'],
    ...['--device', 'webgpu', '--batch-tokens', '256', '--out', out, '--state-dir', stateDir, '--json'],
  ]);
  await cli.lineMatching(/"kind":"progress".*"rowsDone":[1-9]/);
  cli.child.kill('SIGINT');
  const stopped = await cli.result;
  expect(stopped.code, stopped.stderr).toBe(130);
  const { code, stdout, stderr } = await runCli(['resume', '--state-dir', stateDir]);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/done in earlier runs/);
  expect(stdout).toContain('3 of 7, softmax');
  expect(stdout).toMatch(/agrees with WASM on 4 rows \(scores within \d\.\de-\d+\)/);

  const output = linesOf(out) as readonly LabelledRow[];
  expect(output.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  const expected = await scoresAlone(rows, model);
  const used = new Set(output.map(({ labels }) => labels[0]));
  // A model that always says the same would prove little.
  expect(used.size).toBeGreaterThan(2);
  for (const [index, { labels, scores }] of output.entries()) {
    const all = expected[index]!;
    expect([labels.length, scores.length]).toEqual([3, 3]);
    const best = [...all.keys()].toSorted((a, b) => all[b]! - all[a]!).slice(0, 3);
    for (const [rank, which] of best.entries()) {
      // At a tie either may come first.
      expect(scores[rank]).toBeCloseTo(all[which]!, 4);
      expect(all[EMOTIONS.indexOf(labels[rank]!)]).toBeCloseTo(all[which]!, 4);
    }
  }
});

test('int8 vectors of 40 dimensions on WebGPU are those of each row run alone, cut, normalised and rounded', async () => {
  const { rows, input, out, stateDir } = await realInput(100, 400);
  const model = DEMO_MODEL;
  const { code, stdout, stderr } = await runCli([
    ...['run', input, '--model', model, '--precision', 'int8', '--dimensions', '40', '--id-column', 'id'],
    ...['--device', 'webgpu', '--out', out, '--state-dir', stateDir],
  ]);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('40 dimensions, int8');
  // 40 bytes of values and 4 of flags.
  expect(stdout).toContain('44 bytes read back a row');
  const output = linesOf(out) as readonly { readonly embedding: readonly number[] }[];
  expect(output).toHaveLength(100);
  await using encoder = await SentenceEncoder.load(model, 128);
  for (const [index, { text }] of rows.entries()) {
    const cut = (await encoder.embed([text]))[0]!.slice(0, 40);
    const norm = Math.hypot(...cut);
    const off = output[index]!.embedding.map((value, d) => Math.abs(value - (127 * cut[d]!) / norm));
    expect(output[index]!.embedding.every(Number.isInteger)).toBe(true);
    expect(Math.max(...off), `row ${index}`).toBeLessThan(0.5 + 1e-3);
  }
});
