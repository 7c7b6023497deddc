import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { inputFormatOf } from '../../../src/core/input-format.ts';
import { outputFormatOf } from '../../../src/core/output-format.ts';
import { keptColumns, parseJobSpec } from '../../../src/core/job-spec.ts';
import { thrownIn } from '../../support/thrown-by.ts';

const LEAST = {
  input: { path: 'in.jsonl' },
  model: { path: 'demo' },
  task: {},
  output: { path: 'out.parquet' },
};

function messageOf(spec: unknown): string {
  const thrown = thrownIn(() => parseJobSpec(spec));
  expect(thrown).toBeInstanceOf(JobError);
  expect(thrown).toMatchObject({ code: 'SPEC_INVALID' });
  return (thrown as JobError).message;
}

describe('parseJobSpec', () => {
  test('fills in what is left out', () => {
    expect(parseJobSpec(LEAST)).toEqual({
      version: 1,
      input: { path: 'in.jsonl', textColumn: 'text', idColumn: null, keep: [] },
      model: { path: 'demo', dtype: 'auto' },
      task: { kind: 'embed' },
      device: 'auto',
      batchTokens: 'auto',
      dedupe: true,
      maxQuarantine: 'auto',
      output: { path: 'out.parquet' },
    });
  });

  test('takes everything that can be said, and gives it back as it was', () => {
    const spec = {
      version: 1,
      input: { path: 'a/in', format: 'csv', textColumn: 'body', idColumn: 'key', keep: ['title', 'key'] },
      model: { path: '../model', dtype: 'q4f16' },
      task: { kind: 'embed', maxLength: 128, normalize: false },
      device: 'wasm',
      batchTokens: 4096,
      dedupe: false,
      maxQuarantine: '2.5%',
      output: { path: 'out', format: 'npy' },
    };
    expect(parseJobSpec(spec)).toEqual(spec);
    expect(parseJobSpec(JSON.parse(JSON.stringify(parseJobSpec(spec))))).toEqual(spec);
  });

  test.each([
    ['version', { ...LEAST, version: 2 }],
    ['input', { ...LEAST, input: undefined }],
    ['input.path', { ...LEAST, input: { path: '' } }],
    ['input.format', { ...LEAST, input: { path: 'x', format: 'xlsx' } }],
    ['input.textColumn', { ...LEAST, input: { path: 'x', textColumn: '' } }],
    ['input.idColumn', { ...LEAST, input: { path: 'x', idColumn: 3 } }],
    ['input.keep.1', { ...LEAST, input: { path: 'x', keep: ['a', null] } }],
    ['model.path', { ...LEAST, model: {} }],
    ['model.dtype', { ...LEAST, model: { path: 'demo', dtype: 'int8' } }],
    ['task.kind', { ...LEAST, task: { kind: 'guess' } }],
    ['task.maxLength', { ...LEAST, task: { maxLength: 2 } }],
    ['task.normalize', { ...LEAST, task: { normalize: 'yes' } }],
    ['task.precision', { ...LEAST, task: { precision: 'int4' } }],
    ['task.precision', { ...LEAST, task: { precision: 'int8', normalize: false } }],
    ['task.dimensions', { ...LEAST, task: { dimensions: 0 } }],
    ['task.topK', { ...LEAST, task: { kind: 'classify', topK: 1001 } }],
    ['task.activation', { ...LEAST, task: { kind: 'classify', activation: 'relu' } }],
    ['device', { ...LEAST, device: 'tpu' }],
    ['batchTokens', { ...LEAST, batchTokens: 0.5 }],
    ['batchTokens', { ...LEAST, batchTokens: 'many' }],
    ['dedupe', { ...LEAST, dedupe: 'yes' }],
    ['output.path', { ...LEAST, output: {} }],
    ['output.format', { ...LEAST, output: { path: 'x', format: 'xml' } }],
  ])('names %s when that is what is wrong', (field, spec) => {
    expect(messageOf(spec)).toContain(` ${field}: `);
  });

  test('names a field that it does not know, rather than passing over a typing error', () => {
    expect(messageOf({ ...LEAST, bachTokens: 3 })).toContain('"bachTokens"');
    expect(messageOf({ ...LEAST, input: { path: 'x', text: 'body' } })).toMatch(/ input: .*"text"/);
  });

  test('names every field that is wrong, not the first one only', () => {
    expect(messageOf({ ...LEAST, device: 'tpu', output: {} })).toMatch(/device: .*output\.path: /s);
  });

  test('knows what each task may be asked for, and refuses what belongs to the other', () => {
    const embed = { kind: 'embed', precision: 'binary', dimensions: 64 };
    expect(parseJobSpec({ ...LEAST, task: embed }).task).toEqual(embed);
    expect(parseJobSpec({ ...LEAST, task: { precision: 'float16' } }).task.kind).toBe('embed');
    expect(parseJobSpec({ ...LEAST, task: { kind: 'classify' } }).task).toEqual({
      kind: 'classify',
      topK: 1,
    });
    expect(messageOf({ ...LEAST, task: { topK: 2 } })).toContain('topK');
    expect(messageOf({ ...LEAST, task: { kind: 'classify', dimensions: 2 } })).toContain('dimensions');
  });

  test('refuses bits that fill no bytes, with the numbers that would', () => {
    const message = messageOf({ ...LEAST, task: { precision: 'binary', dimensions: 100 } });
    expect(message).toContain('100 is no multiple of 8 (96 and 104 are)');
    expect(messageOf({ ...LEAST, task: { precision: 'binary', dimensions: 3 } })).toContain('(8 is)');
  });

  test.each(['label', 'score', 'labels', 'scores'])(
    'does not keep a column "%s" when it classifies',
    (name) => {
      const input = { path: 'x', keep: [name] };
      expect(messageOf({ ...LEAST, input, task: { kind: 'classify' } })).toContain(`column "${name}"`);
      expect(parseJobSpec({ ...LEAST, input }).input.keep).toEqual([name]);
    },
  );

  test.each([null, undefined, 'text', []])('refuses %s', (spec) => {
    expect(messageOf(spec)).toContain('spec: ');
  });

  test.each(['row', 'embedding'])('does not keep a column "%s", which it writes itself', (name) => {
    expect(messageOf({ ...LEAST, input: { path: 'x', keep: ['a', name] } })).toContain(
      `column "${name}" cannot be kept`,
    );
    expect(messageOf({ ...LEAST, input: { path: 'x', idColumn: name } })).toContain(
      `column "${name}" cannot be kept`,
    );
    expect(parseJobSpec({ ...LEAST, input: { path: 'x', textColumn: name } }).input.textColumn).toBe(name);
  });
});

describe('keptColumns', () => {
  test('has the id column first and each column once', () => {
    expect(keptColumns({ idColumn: 'id', keep: ['b', 'id', 'a', 'b'] })).toEqual(['id', 'b', 'a']);
    expect(keptColumns({ idColumn: null, keep: ['b', 'a'] })).toEqual(['b', 'a']);
  });
});

describe('formats', () => {
  test.each([
    ['data.jsonl', 'jsonl'],
    ['data.NDJSON', 'jsonl'],
    ['C:\\files\\data.v2.csv', 'csv'],
  ])('reads %s as %s', (path, format) => {
    expect(inputFormatOf({ path })).toBe(format);
  });

  test.each([
    ['out.parquet', 'parquet'],
    ['out.jsonl', 'jsonl'],
    ['dir.x/out.NPY', 'npy'],
  ])('writes %s as %s', (path, format) => {
    expect(outputFormatOf({ path })).toBe(format);
  });

  test('a format that is named wins over the file name', () => {
    expect(inputFormatOf({ path: 'data.csv', format: 'jsonl' })).toBe('jsonl');
    expect(outputFormatOf({ path: 'out.npy', format: 'parquet' })).toBe('parquet');
  });

  test.each(['data', 'data.bin', 'folder.csv/data', 'constructor'])('asks for the format of %s', (path) => {
    expect(() => inputFormatOf({ path })).toThrow(expect.objectContaining({ code: 'INPUT_FORMAT' }));
    expect(() => outputFormatOf({ path })).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }));
  });

  test.each(['data.constructor', 'data.__proto__'])('is not taken in by %s', (path) => {
    expect(() => inputFormatOf({ path })).toThrow(expect.objectContaining({ code: 'INPUT_FORMAT' }));
    expect(() => outputFormatOf({ path })).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }));
  });
});
