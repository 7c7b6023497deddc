import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobSummary } from '../../../src/core/job-event.ts';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { realRows, toJsonl, type TextRow } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Real rows, most of which are there several times, with ids of their own; every 500th is empty. */
async function copiedRows(count: number, distinct: number): Promise<TextRow[]> {
  const texts = await realRows(distinct);
  return Array.from({ length: count }, (_, n) => {
    const text = n % 500 === 499 ? '' : texts[(n * 7) % distinct]!.text;
    return { id: `row-${n}`, n, text };
  });
}

function argsOf(folder: string, name: string, dedupe: string): string[] {
  return [
    ...['run', join(folder, 'rows.jsonl'), '--model', DEMO_MODEL, '--id-column', 'id', '--keep', 'n'],
    ...['--device', 'wasm', '--batch-tokens', '2048', '--dedupe', dedupe, '--json'],
    ...['--name', name, '--out', join(folder, `${name}.jsonl`), '--state-dir', join(folder, `state-${name}`)],
  ];
}

function summaryOf(stdout: string): JobSummary {
  const lines = stdout.split('\n').filter((line) => line.includes('"kind":"summary"'));
  return (JSON.parse(lines[0]!) as { readonly summary: JobSummary }).summary;
}

test('equal texts are computed once, and each row still has its own id and the same vector', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'rows.jsonl'), toJsonl(await copiedRows(5000, 300)));
  const summaries: JobSummary[] = [];
  for (const dedupe of ['on', 'off']) {
    const { code, stdout, stderr } = await runCli(argsOf(folder, dedupe, dedupe));
    expect(code, stderr).toBe(0);
    summaries.push(summaryOf(stdout));
  }
  const [on, off] = summaries;
  expect(on).toMatchObject({ rows: 5000, rowsEmbedded: 4990, rowsQuarantined: 10 });
  // Each of the 300 once, though the rows are planned in two windows; a few have the same known words.
  expect(on!.rowsCopied).toBeGreaterThanOrEqual(4990 - 300);
  expect(on!.rowsCopied).toBeLessThan(4990 - 285);
  expect(off!.rowsCopied).toBe(0);
  for (const { rowsEmbedded, rowsCopied, metrics } of [on!, off!]) {
    expect(metrics).toMatchObject({
      rowsRun: rowsEmbedded - rowsCopied,
      deviceBusyBy: 'runs-in-progress',
    });
    expect(metrics!.deviceBusyShare).toBeGreaterThan(0);
    expect(metrics!.commits).toBeGreaterThan(0);
    expect(Math.min(...Object.values(metrics!.stageSeconds))).toBeGreaterThan(0);
  }
  expect(on!.tokens).toBeLessThan(off!.tokens / 5);
  const [withCopies, without] = ['on', 'off'].map((name) =>
    readFileSync(join(folder, `${name}.jsonl`), 'utf8'),
  );
  expect(withCopies!.split('\n').length).toBe(4991);
  // On WASM a vector does not depend on what else is in its batch.
  expect(withCopies === without, 'the same bytes as when every row was run').toBe(true);
});

test('a job with copies that was stopped goes on to the same bytes', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'rows.jsonl'), toJsonl(await copiedRows(30_000, 10_000)));
  const through = await runCli(argsOf(folder, 'through', 'on'));
  expect(through.code, through.stderr).toBe(0);

  const cli = startCli(argsOf(folder, 'stopped', 'on'));
  await cli.lineMatching(/"kind":"progress".*"rowsDone":[1-9]/);
  cli.child.kill('SIGKILL');
  expect((await cli.result).code).not.toBe(0);
  const last = await runCli(['resume', 'stopped', '--state-dir', join(folder, 'state-stopped'), '--json']);
  expect(last.code, last.stderr).toBe(0);
  const [a, b] = [summaryOf(through.stdout), summaryOf(last.stdout)];
  expect(b).toMatchObject({ rowsEmbedded: a.rowsEmbedded, rowsCopied: a.rowsCopied, tokens: a.tokens });
  const [whole, resumed] = ['through', 'stopped'].map((name) => readFileSync(join(folder, `${name}.jsonl`)));
  expect(resumed!.equals(whole!), 'the same bytes as a job that ran through').toBe(true);
});
