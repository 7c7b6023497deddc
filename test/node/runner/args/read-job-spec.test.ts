import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readJobSpec } from '../../../../src/runner/args/read-job-spec.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = temporaryFolder();
const specFile = (value: unknown): string => {
  mkdirSync(join(folder, 'specs'), { recursive: true });
  const path = join(folder, 'specs', `${Math.random()}.json`);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};
const whole = {
  version: 1,
  input: { path: 'docs.jsonl', textColumn: 'body', keep: ['lang'] },
  model: { path: '../models/mini' },
  task: { kind: 'embed', maxLength: 64 },
  device: 'wasm',
  output: { path: '/out/vectors.parquet' },
};

describe('readJobSpec', () => {
  test('makes a spec of options alone, paths relative to the working directory, formats from the names', async () => {
    const options = {
      model: 'models/mini',
      out: 'v.npy',
      'text-column': 'body',
      'id-column': 'key',
      keep: 'a, b',
      normalize: 'off',
      dtype: 'fp16',
      dedupe: 'off',
      'max-length': '128',
      'max-quarantine': '1%',
    };
    expect(await readJobSpec(['in/docs.csv'], options, '/home/ann')).toEqual({
      version: 1,
      input: {
        path: '/home/ann/in/docs.csv',
        format: 'csv',
        textColumn: 'body',
        idColumn: 'key',
        keep: ['a', 'b'],
      },
      model: { path: '/home/ann/models/mini', dtype: 'fp16' },
      task: { kind: 'embed', maxLength: 128, normalize: false },
      device: 'auto',
      maxQuarantine: '1%',
      batchTokens: 'auto',
      dedupe: false,
      output: { path: '/home/ann/v.npy', format: 'npy' },
    });
  });

  test('takes paths of a spec file relative to that file', async () => {
    const spec = await readJobSpec([], { job: specFile(whole) }, '/home/ann');
    expect(spec.input.path).toBe(join(folder, 'specs/docs.jsonl'));
    expect(spec.model.path).toBe(join(folder, 'models/mini'));
    expect(spec.output).toEqual({ path: '/out/vectors.parquet', format: 'parquet' });
    expect(spec.task).toEqual({ kind: 'embed', maxLength: 64 });
  });

  test('lets options win over the file, each field on its own', async () => {
    const job = specFile({
      ...whole,
      input: { ...whole.input, format: 'jsonl' },
      output: { path: 'a', format: 'jsonl' },
    });
    const spec = await readJobSpec(
      ['other.csv'],
      { job, model: 'demo', out: 'o.parquet', device: 'webgpu', 'batch-tokens': '512' },
      '/home/ann',
    );
    expect(spec.input).toEqual({
      path: '/home/ann/other.csv',
      format: 'csv',
      textColumn: 'body',
      idColumn: null,
      keep: ['lang'],
    });
    expect(spec.model.path).toBe('demo');
    expect(spec.output).toEqual({ path: '/home/ann/o.parquet', format: 'parquet' });
    expect(spec).toMatchObject({ device: 'webgpu', batchTokens: 512, task: { maxLength: 64 } });
  });

  test('takes what each task may be asked for', async () => {
    const read = async (options: Parameters<typeof readJobSpec>[1]) =>
      (await readJobSpec(['a.jsonl'], { model: 'demo', out: 'o.jsonl', ...options }, '/')).task;
    expect(await read({ precision: 'binary', dimensions: '1,024' })).toEqual({
      kind: 'embed',
      precision: 'binary',
      dimensions: 1024,
    });
    expect(await read({ task: 'classify', 'top-k': '5', activation: 'sigmoid' })).toEqual({
      kind: 'classify',
      topK: 5,
      activation: 'sigmoid',
    });
  });

  test('takes back a number of batch tokens by auto', async () => {
    const job = specFile({ ...whole, batchTokens: 512 });
    expect((await readJobSpec([], { job }, '/')).batchTokens).toBe(512);
    expect((await readJobSpec([], { job, 'batch-tokens': 'auto' }, '/')).batchTokens).toBe('auto');
  });

  test('names everything that is missing at once', async () => {
    await expect(readJobSpec([], {}, '/')).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: 'Missing: INPUT (the file to read), --model DIR (or --model demo), --out FILE.',
    });
  });

  test.each([
    [{ task: 'paint' }, 'task.kind'],
    [{ 'top-k': '2' }, 'topK'],
    [{ task: 'classify', precision: 'int8' }, 'precision'],
    [{ dimensions: '1.5' }, '--dimensions is "1.5"'],
    [{ 'top-k': '0' }, '--top-k is "0"'],
    [{ device: 'gpu' }, 'device'],
    [{ dtype: 'fp64' }, 'model.dtype'],
    [{ normalize: 'yes' }, '--normalize is "yes"; it must be on or off.'],
    [{ dedupe: 'yes' }, '--dedupe is "yes"; it must be on or off.'],
    [{ 'batch-tokens': '0' }, '--batch-tokens is "0"'],
    [{ format: 'xml' }, 'input.format'],
    [{ 'out-format': 'hdf5' }, 'output.format'],
    [{ keep: 'embedding' }, 'Millrace writes a column of that name itself'],
  ])('refuses %j', async (options, message) => {
    const given = { model: 'demo', out: 'v.parquet', ...options };
    await expect(readJobSpec(['a.jsonl'], given, '/')).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test('says what is wrong with a spec file', async () => {
    await expect(readJobSpec([], { job: '/nowhere.json' }, '/')).rejects.toThrow(
      '/nowhere.json cannot be read',
    );
    await expect(readJobSpec([], { job: specFile('{') }, '/')).rejects.toThrow('is not JSON');
    await expect(readJobSpec([], { job: specFile('[1]') }, '/')).rejects.toThrow(
      'the whole file must be an object',
    );
    await expect(readJobSpec([], { job: specFile({ ...whole, colour: 'red' }) }, '/')).rejects.toThrow(
      'colour',
    );
    await expect(readJobSpec(['a.bin'], { model: 'demo', out: 'v.parquet' }, '/')).rejects.toMatchObject({
      code: 'INPUT_FORMAT',
    });
  });
});
