import { describe, expect, test } from 'vitest';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import { taskFor } from '../../../src/task/task-for.ts';
import { encode, goldenJson, tokenizerOf } from './golden-tokenizer.ts';

const spec = parseJobSpec({
  input: { path: 'in.jsonl', textColumn: 'body' },
  model: { path: 'demo' },
  task: { kind: 'embed' },
  output: { path: 'out.parquet' },
});

function modelWith(tokenizerJson: string, maxLength: number): ModelInfo {
  return {
    name: 'golden',
    modelType: 'bert',
    widths: { heads: 0, hidden: 0, intermediate: 0 },
    weights: {
      name: 'golden',
      onnx: { kind: 'blob', name: 'model.onnx', blob: new Blob([]) },
      onnxPath: 'onnx/model.onnx',
      dtype: 'fp32',
      externalData: {},
    },
    weightsReason: 'as asked',
    tokenizer: { tokenizerJson, tokenizerConfig: '{}' },
    maxLength,
    padTokenId: 0,
    pooling: 'mean',
    normalize: true,
    classes: null,
    fileSha256: {},
    notes: [],
  };
}

describe('embed', () => {
  const task = taskFor(spec.task.kind);

  test('reads the text column', () => {
    expect(task.kind).toBe('embed');
    expect(task.readColumns(spec)).toEqual([{ role: 'text', column: 'body', type: 'text' }]);
  });

  test('makes one example a row, one after the other, ready to be transferred', async () => {
    const json = goldenJson('wordpiece');
    const texts = ['the dog', '', 'features that are formed by extracting them', 'the dog'];
    const examples = await task
      .createPreparer(modelWith(json, 8), spec.task)
      .prepare({ rows: Uint32Array.of(10, 11, 14, 15), columns: { text: texts } }, 3);
    const expected = texts.map((text) => encode(tokenizerOf(json, 8), text).ids);
    expect(examples.chunk).toBe(3);
    expect([...examples.rowIndex]).toEqual([0, 1, 2, 3]);
    expect([...examples.lengths]).toEqual(expected.map((ids) => ids.length));
    expect([...examples.tokenIds]).toEqual(expected.flat());
    expect(expected[1]).toEqual([2, 3]);
    expect(examples.rejects).toEqual([]);
    expect(examples.truncated).toBe(1);
    const { rowIndex, lengths, tokenIds } = examples;
    expect(
      structuredClone(examples, { transfer: [rowIndex.buffer, lengths.buffer, tokenIds.buffer] }).chunk,
    ).toBe(3);
  });

  test('rejects a row without tokens and goes on', async () => {
    const preparer = task.createPreparer(modelWith(goldenJson('unigram-no-template'), 8), spec.task);
    const examples = await preparer.prepare(
      { rows: Uint32Array.of(5, 7, 9), columns: { text: ['the', '', 'dog'] } },
      0,
    );
    expect([...examples.rowIndex]).toEqual([0, 2]);
    expect(examples.rejects).toEqual([
      {
        row: 7,
        id: null,
        code: 'ROW_EMPTY',
        message: 'The text has no tokens: it is empty, or the tokenizer drops all of its characters.',
        attempts: 0,
      },
    ]);
  });

  test('rejects a row on which the tokenizer fails, with the reason, and goes on', async () => {
    const preparer = task.createPreparer(modelWith(goldenJson('wordpiece'), 8), spec.task);
    const texts = ['the', 'é'.repeat(300_000), 'dog'];
    const examples = await preparer.prepare({ rows: Uint32Array.of(0, 1, 2), columns: { text: texts } }, 0);
    const alone = async (text: string) => [
      ...(await preparer.prepare({ rows: Uint32Array.of(0), columns: { text: [text] } }, 0)).tokenIds,
    ];
    expect([...examples.rowIndex]).toEqual([0, 2]);
    expect([...examples.tokenIds]).toEqual([...(await alone('the')), ...(await alone('dog'))]);
    expect(examples.rejects).toEqual([
      {
        row: 1,
        id: null,
        code: 'ROW_TOKENIZE_FAILED',
        message:
          'The tokenizer failed on a text of 300000 characters: its first 262144 characters give fewer than the 8 tokens that the model takes',
        attempts: 0,
      },
    ]);
  });

  test('refuses columns that do not belong to the rows', () => {
    const preparer = task.createPreparer(modelWith(goldenJson('wordpiece'), 8), spec.task);
    expect(() => preparer.prepare({ rows: Uint32Array.of(0), columns: {} }, 0)).toThrow(
      'expected 1 values of "text", got no such column',
    );
    expect(() => preparer.prepare({ rows: Uint32Array.of(0), columns: { text: ['a', 'b'] } }, 0)).toThrow(
      'expected 1 values of "text", got 2',
    );
  });

  test('an empty chunk has no examples', async () => {
    const examples = await task
      .createPreparer(modelWith(goldenJson('wordpiece'), 8), spec.task)
      .prepare({ rows: new Uint32Array(0), columns: { text: [] } }, 1);
    expect(examples).toMatchObject({ chunk: 1, rejects: [], truncated: 0 });
    expect(examples.tokenIds.length + examples.lengths.length + examples.rowIndex.length).toBe(0);
  });
});
