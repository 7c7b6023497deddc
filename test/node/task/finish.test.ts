import { expect, test } from 'vitest';
import type { JobSpec } from '../../../src/core/job-spec.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import { finishFor } from '../../../src/task/task-for.ts';
import { thrownIn } from '../../support/thrown-by.ts';

const model: ModelInfo = {
  name: 'mini',
  modelType: 'bert',
  widths: { heads: 0, hidden: 0, intermediate: 0 },
  weights: {
    name: 'mini',
    onnx: { kind: 'blob', name: 'm', blob: new Blob() },
    onnxPath: 'm',
    dtype: 'fp32',
    externalData: {},
  },
  tokenizer: { tokenizerJson: '{}', tokenizerConfig: '{}' },
  weightsReason: '',
  maxLength: 256,
  padTokenId: 0,
  pooling: 'cls',
  normalize: false,
  classes: null,
  fileSha256: {},
  notes: [],
};
const classes = { labels: ['no', 'yes'], activation: 'sigmoid' } as const;

test.each<[JobSpec['task'], Partial<ModelInfo>, unknown]>([
  [
    { kind: 'embed' },
    {},
    { kind: 'vector', pooling: 'cls', normalize: false, dimensions: null, element: 'float32' },
  ],
  [
    { kind: 'embed', precision: 'int8', dimensions: 64 },
    { normalize: true },
    { kind: 'vector', pooling: 'cls', normalize: true, dimensions: 64, element: 'int8' },
  ],
  [{ kind: 'classify', topK: 3 }, { classes }, { kind: 'labels', topK: 3, ...classes }],
  [
    { kind: 'classify', topK: 1, activation: 'softmax' },
    { classes },
    { kind: 'labels', topK: 1, labels: classes.labels, activation: 'softmax' },
  ],
])('%j', (task, change, finish) => {
  expect(finishFor(task, { ...model, ...change })).toEqual(finish);
});

test('int8 of vectors that the model does not normalise is refused with what to do', () => {
  expect(thrownIn(() => finishFor({ kind: 'embed', precision: 'int8' }, model))).toMatchObject({
    code: 'SPEC_INVALID',
    message: expect.stringContaining('mini'),
    hint: expect.stringContaining('--normalize on'),
  });
});
