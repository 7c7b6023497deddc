import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readJobSpec } from '../../../src/runner/args/read-job-spec.ts';
import { makeFolder, removeFolder } from '../../support/temp-folder.ts';

const folder = makeFolder();
afterAll(() => removeFolder(folder));
const fixture = fileURLToPath(new URL('../../fixtures/openai/embeddings.jsonl', import.meta.url));
writeFileSync(join(folder, 'rows.jsonl'), '{"text":"a row"}\n');
writeFileSync(
  join(folder, 'packed.jsonl.gz'),
  gzipSync('{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}\n'),
);

const specOf = (input: string, options: object = {}) =>
  readJobSpec([input], { model: 'demo', out: 'answers.jsonl', ...options }, folder);

describe('the formats of a job', () => {
  test.each([
    [fixture, {}, 'openai', 'openai'],
    ['packed.jsonl.gz', {}, 'openai', 'openai'],
    [fixture, { out: 'vectors.parquet' }, 'openai', 'parquet'],
    [fixture, { 'out-format': 'jsonl' }, 'openai', 'jsonl'],
    [fixture, { format: 'jsonl' }, 'jsonl', 'jsonl'],
    ['rows.jsonl', {}, 'jsonl', 'jsonl'],
    ['rows.jsonl', { format: 'openai' }, 'openai', 'openai'],
  ])('of %s with %j are %s and %s', async (input, options, inputFormat, outputFormat) => {
    const spec = await specOf(input, options);
    expect([spec.input.format, spec.output.format]).toEqual([inputFormat, outputFormat]);
  });

  test.each([
    [
      'rows.jsonl',
      { 'out-format': 'openai' },
      /answers OpenAI Batch requests, and the input of this job is jsonl/,
    ],
    [fixture, { task: 'classify' }, /ask for embeddings; the task is classify/],
    [fixture, { keep: 'model' }, /have columns of their own/],
    [fixture, { 'id-column': 'custom_id' }, /have columns of their own/],
    [fixture, { precision: 'int8' }, /vectors are int8/],
    [fixture, { 'rows-per-file': '10' }, /answered as a whole/],
    [fixture, { long: 'pool' }, /--long pool does not go with it/],
  ])('of %s with %j are refused', async (input, options, message) => {
    await expect(specOf(input, options)).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
