import { describe, expect, test } from 'vitest';
import type { ExecutionProvider } from '../../../src/core/device-info.ts';
import type { JobError } from '../../../src/core/job-error.ts';
import { parseJobSpec, type JobSpec } from '../../../src/core/job-spec.ts';
import type { Activation } from '../../../src/core/finish.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import {
  begunDtype,
  checkFingerprint,
  jobFingerprint,
  type DatasetIdentity,
} from '../../../src/pipeline/job-fingerprint.ts';
import { finishFor } from '../../../src/task/task-for.ts';
import { SCRIPTED_MODEL } from '../../support/scripted-device.ts';
import { thrownIn } from '../../support/thrown-by.ts';

const spec = parseJobSpec({
  input: { path: 'in.jsonl', keep: ['title'] },
  model: { path: 'model' },
  task: {},
  output: { path: 'out.parquet' },
});
const dataset = { files: 1, byteLength: 100, headSha256: 'a'.repeat(64), tailSha256: 'b'.repeat(64) };
const model: ModelInfo = {
  name: 'model',
  modelType: 'bert',
  widths: { heads: 0, hidden: 0, intermediate: 0 },
  weights: {
    name: 'model',
    onnx: { kind: 'blob', name: 'm', blob: new Blob() },
    onnxPath: 'm',
    dtype: 'fp32',
    externalData: {},
  },
  weightsReason: 'as asked',
  tokenizer: { tokenizerJson: '{}', tokenizerConfig: '{}' },
  maxLength: 256,
  padTokenId: 0,
  pooling: 'mean',
  normalize: true,
  classes: null,
  fileSha256: { 'tokenizer.json': 'c'.repeat(64) },
  notes: [],
};

const SAME = {
  spec,
  dataset,
  model,
  loaded: SCRIPTED_MODEL,
  provider: 'webgpu' as ExecutionProvider,
};

/** The fingerprint of the same job, but for this. */
function fingerprintOf(
  change: Partial<Omit<typeof SAME, 'dataset'>> & { readonly dataset?: DatasetIdentity | null } = {},
) {
  const now = { ...SAME, ...change };
  return jobFingerprint(
    now.spec,
    now.dataset,
    now.model,
    finishFor(now.spec.task, now.model),
    now.loaded,
    now.provider,
  );
}

function inputOf(change: Partial<JobSpec['input']>): JobSpec {
  return { ...spec, input: { ...spec.input, ...change } };
}

function taskOf(task: JobSpec['task']): JobSpec {
  return { ...spec, task };
}

const before = fingerprintOf();

function errorOf(now: typeof before, withoutInput = false): JobError {
  return thrownIn(() => checkFingerprint('j1', before, now, withoutInput)) as JobError;
}

describe('checkFingerprint', () => {
  test('lets a job go on that is the same, whatever its files are called and wherever they lie', () => {
    const moved: JobSpec = {
      ...inputOf({ path: '/mnt/other.jsonl' }),
      output: { path: 'x.npy' },
      device: 'webgpu',
    };
    const now = fingerprintOf({ spec: moved, dataset: { ...dataset }, model: { ...model, name: 'copy' } });
    expect(() => checkFingerprint('j1', before, now, false)).not.toThrow();
  });

  test.each([
    ['input size', fingerprintOf({ dataset: { ...dataset, byteLength: 101 } })],
    ['input start', fingerprintOf({ dataset: { ...dataset, headSha256: 'd'.repeat(64) } })],
    ['input end', fingerprintOf({ dataset: { ...dataset, tailSha256: 'd'.repeat(64) } })],
    ['text column', fingerprintOf({ spec: inputOf({ textColumn: 'body' }) })],
    ['id column', fingerprintOf({ spec: inputOf({ idColumn: 'id' }) })],
    ['kept columns', fingerprintOf({ spec: inputOf({ keep: [] }) })],
    ['input format', fingerprintOf({ spec: inputOf({ format: 'csv' }) })],
    ['max length', fingerprintOf({ model: { ...model, maxLength: 128 } })],
    ['pooling', fingerprintOf({ model: { ...model, pooling: 'cls' } })],
    ['normalize', fingerprintOf({ model: { ...model, normalize: false } })],
    [
      'model file tokenizer.json',
      fingerprintOf({ model: { ...model, fileSha256: { 'tokenizer.json': 'e' } } }),
    ],
    [
      'model file onnx/model.onnx',
      fingerprintOf({ loaded: { ...SCRIPTED_MODEL, weightSha256: { 'onnx/model.onnx': 'x' } } }),
    ],
    ['model output', fingerprintOf({ loaded: { ...SCRIPTED_MODEL, outputName: 'pooled' } })],
    ['dtype', fingerprintOf({ model: { ...model, weights: { ...model.weights, dtype: 'fp16' } } })],
    ['device', fingerprintOf({ provider: 'wasm' })],
    ['batch tokens', fingerprintOf({ spec: { ...spec, batchTokens: 8192 } })],
    ['precision', fingerprintOf({ spec: taskOf({ kind: 'embed', precision: 'int8' }) })],
    ['dimensions', fingerprintOf({ spec: taskOf({ kind: 'embed', dimensions: 64 }) })],
    ['dedupe', fingerprintOf({ spec: { ...spec, dedupe: false } })],
  ])('refuses another %s, and names it alone', (name, now) => {
    expect(errorOf(now)).toMatchObject({ code: 'JOB_MISMATCH', details: { changed: name } });
  });

  test('refuses another number of labels, another activation and other names of labels', () => {
    const labelled = (topK: number, labels: readonly string[], activation?: Activation) => {
      const task = { kind: 'classify', topK, ...(activation === undefined ? {} : { activation }) } as const;
      const classes = { labels, activation: 'softmax' } as const;
      return fingerprintOf({ spec: taskOf(task), model: { ...model, classes } });
    };
    const first = labelled(1, ['no', 'yes']);
    for (const [name, now] of [
      ['top k', labelled(2, ['no', 'yes'])],
      ['activation', labelled(1, ['no', 'yes'], 'sigmoid')],
      ['labels', labelled(1, ['no', 'no,yes'])],
    ] as const) {
      const error = thrownIn(() => checkFingerprint('j1', first, now, false));
      expect(error).toMatchObject({ code: 'JOB_MISMATCH', details: { changed: name } });
    }
    expect(() => checkFingerprint('j1', first, labelled(1, ['no', 'yes'], 'softmax'), false)).not.toThrow();
  });

  test('says what it was and what it is now, and that nothing is lost', () => {
    const error = errorOf(fingerprintOf({ model: { ...model, pooling: 'cls', maxLength: 128 } }));
    expect(error.message).toBe(
      'Job j1 cannot go on, because its results would not fit together: max length was 256 and is now 128; pooling was "mean" and is now "cls".',
    );
    expect(error.hint).toContain('nothing was deleted');
  });

  test('passes over the input when it is not at hand, and over nothing else', () => {
    expect(() => checkFingerprint('j1', before, fingerprintOf({ dataset: null }), true)).not.toThrow();
    const now = fingerprintOf({ dataset: null, model: { ...model, normalize: false } });
    expect(errorOf(now, true).details).toEqual({ changed: 'normalize' });
  });

  // Columns may have any name: a list of them must not read like another one.
  test('tells kept columns apart whose names hold commas', () => {
    const one = fingerprintOf({ spec: inputOf({ keep: ['a,b'] }) });
    const two = fingerprintOf({ spec: inputOf({ keep: ['a', 'b'] }) });
    expect(() => checkFingerprint('j1', one, two, false)).toThrow(/kept columns/);
  });
});

describe('begunDtype', () => {
  test('is what the job was begun with, whatever auto would take by now', () => {
    expect(begunDtype('auto', { ...before, dtype: 'fp16' })).toBe('fp16');
    expect(begunDtype('auto', null)).toBe('auto');
    expect(begunDtype('auto', {})).toBe('auto');
  });

  test('is what is asked for by name, which the fingerprint then refuses', () => {
    expect(begunDtype('q4', { ...before, dtype: 'fp16' })).toBe('q4');
  });
});
