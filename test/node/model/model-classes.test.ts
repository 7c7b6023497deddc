import { describe, expect, test } from 'vitest';
import { readModel } from '../../../src/model/read-model.ts';
import { bertFiles, modelRef, rejection, without } from './model-ref.ts';

/** A classifier's directory: a BERT without what makes vectors. */
function classifier(config: Readonly<Record<string, unknown>>) {
  const files = without(bertFiles, 'modules.json', '1_Pooling/config.json');
  return { ...files, 'config.json': { ...bertFiles['config.json'], ...config } };
}

const classify = (config: Readonly<Record<string, unknown>>) =>
  readModel(modelRef(classifier(config)), { task: 'classify' });

describe('a model read for classifying', () => {
  test.each([
    ['single_label_classification', 'softmax'],
    ['multi_label_classification', 'sigmoid'],
    ['regression', 'none'],
    [null, 'softmax'],
    [undefined, 'softmax'],
  ])(
    'has its labels by index, whatever their order, and for %s the activation %s',
    async (problem, activation) => {
      const id2label = {
        '10': 'k',
        '2': 'c',
        '0': 'a',
        '1': 'b',
        '3': 'd',
        '4': 'e',
        '5': 'f',
        '6': 'g',
        '7': 'h',
        '8': 'i',
        '9': 'j',
      };
      const { classes, pooling, normalize, notes } = await classify({ id2label, problem_type: problem });
      expect(classes).toEqual({ labels: Array.from('abcdefghijk'), activation });
      expect({ pooling, normalize, notes }).toEqual({ pooling: 'none', normalize: false, notes: [] });
    },
  );

  test('takes a sigmoid for a single label, as transformers does', async () => {
    expect((await classify({ id2label: { 0: 'spam' } })).classes).toEqual({
      labels: ['spam'],
      activation: 'sigmoid',
    });
  });

  test('turns label2id round where that is all there is, and says so where there is nothing', async () => {
    expect((await classify({ label2id: { yes: 1, no: '0' } })).classes?.labels).toEqual(['no', 'yes']);
    const { classes, notes } = await classify({});
    expect(classes).toEqual({ labels: null, activation: 'softmax' });
    expect(notes).toEqual([expect.stringContaining('LABEL_0')]);
  });

  test('asks for no pooling and reads no modules, even where there are some', async () => {
    const files = { ...bertFiles, 'modules.json': 'no JSON' };
    expect((await readModel(modelRef(files), { task: 'classify' })).pooling).toBe('none');
  });

  test.each([
    [{ id2label: { 0: 'a', 2: 'c' } }, 'MODEL_INVALID', '2 labels, but none with the number 1'],
    [{ label2id: { a: 0, b: 0 } }, 'MODEL_INVALID', 'none with the number 1'],
    [{ id2label: ['a'] }, 'MODEL_INVALID', 'id2label'],
    [{ problem_type: 'token_classification' }, 'MODEL_UNSUPPORTED', 'token_classification'],
  ])('refuses %j', async (config, code, message) => {
    const error = await rejection(classify(config));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

test('what an encoder says of labels is nothing to its vectors', async () => {
  const odd = classifier({ id2label: 'none', problem_type: 3 });
  expect((await readModel(modelRef(odd), {})).classes).toBeNull();
});
