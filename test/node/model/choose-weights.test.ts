import { describe, expect, test } from 'vitest';
import { DTYPES, type Dtype, type DtypeChoice } from '../../../src/core/dtype.ts';
import { JobError } from '../../../src/core/job-error.ts';
import { chooseWeights, weightsTarget, type WeightsTarget } from '../../../src/model/choose-weights.ts';
import type { FoundWeights } from '../../../src/model/find-weights.ts';
import { ModelDirectory } from '../../../src/model/model-directory.ts';
import { thrownIn } from '../../support/thrown-by.ts';
import { modelRef } from './model-ref.ts';

const WASM: WeightsTarget = { provider: 'wasm', f16: false, software: false };
const GPU: WeightsTarget = { provider: 'webgpu', f16: true, software: false };
const OLD_GPU: WeightsTarget = { ...GPU, f16: false };
const SOFTWARE: WeightsTarget = { ...GPU, software: true };

const directory = new ModelDirectory(modelRef({ 'config.json': {} }));

function found(dtype: Dtype, pointer = false): FoundWeights {
  const onnxPath = `${dtype}.onnx`;
  const onnx = { kind: 'blob', name: onnxPath, blob: new Blob() } as const;
  return {
    weights: { name: 'tiny-model', onnx, onnxPath, dtype, externalData: {} },
    pointer: pointer ? onnxPath : null,
  };
}

const choose = (dtypes: readonly Dtype[], choice: DtypeChoice, target: WeightsTarget) =>
  chooseWeights(
    directory,
    dtypes.map((dtype) => found(dtype)),
    choice,
    target,
  );

function refusal(dtypes: readonly Dtype[], choice: DtypeChoice, target: WeightsTarget): JobError {
  const error = thrownIn(() => choose(dtypes, choice, target));
  if (error instanceof JobError) return error;
  throw new Error('expected a JobError');
}

describe('auto', () => {
  test.each<[string, readonly Dtype[], WeightsTarget, Dtype, string]>([
    [
      'a GPU with f16',
      DTYPES,
      GPU,
      'fp16',
      'this GPU computes in 16-bit floats (shader-f16), with half the bytes of fp32',
    ],
    [
      'a GPU with f16',
      ['fp32', 'q4'],
      GPU,
      'fp32',
      'there is no onnx/model_fp16.onnx, which this GPU would run with half the bytes',
    ],
    ['a GPU with f16', ['q4', 'q4f16', 'q8'], GPU, 'q4f16', 'there are no fp32 weights (onnx/model.onnx)'],
    [
      'a GPU without f16',
      DTYPES,
      OLD_GPU,
      'fp32',
      'this GPU does not compute in 16-bit floats (it has no shader-f16), so not fp16.onnx',
    ],
    [
      'a GPU without f16',
      ['fp32'],
      OLD_GPU,
      'fp32',
      'this GPU does not compute in 16-bit floats (it has no shader-f16)',
    ],
    [
      'a GPU without f16',
      ['fp16', 'q4f16', 'q4'],
      OLD_GPU,
      'q4',
      'there are no fp32 weights (onnx/model.onnx)',
    ],
    [
      'a software adapter with f16',
      DTYPES,
      SOFTWARE,
      'fp32',
      'the adapter is software, which computes in 32-bit floats',
    ],
    ['WASM', DTYPES, WASM, 'fp32', 'the CPU computes in 32-bit floats'],
    ['WASM', ['fp16', 'q8'], WASM, 'fp16', 'there are no fp32 weights (onnx/model.onnx)'],
    ['WASM', ['q4f16'], WASM, 'q4f16', 'there are no fp32 weights (onnx/model.onnx)'],
  ])('on %s takes of %j', (_name, dtypes, target, dtype, reason) => {
    const chosen = choose(dtypes, 'auto', target);
    expect([chosen.weights.dtype, chosen.reason, chosen.notes]).toEqual([dtype, reason, []]);
  });

  test('never takes dynamic int8, and says how to', () => {
    const error = refusal(['q8'], 'auto', WASM);
    expect(error.code).toBe('MODEL_FILE_MISSING');
    expect(error.message).toBe(
      'tiny-model has no onnx/model.onnx, only q8.onnx (q8: dynamic int8 is not used unless asked for, as its results depend on which rows share a batch).',
    );
    expect(error.hint).toBe('Download onnx/model.onnx from the page of the model, or use --dtype q8.');
  });

  test('says of each file why a GPU cannot run it', () => {
    const error = refusal(['fp16', 'q8'], 'auto', OLD_GPU);
    expect(error.message).toBe(
      'tiny-model has no onnx/model.onnx, only fp16.onnx (fp16: this GPU does not compute in 16-bit floats (it has no shader-f16)), q8.onnx (q8: WebGPU has no kernels for dynamic int8).',
    );
    expect(error.hint).toContain('--device wasm --dtype fp16');
  });

  test('passes over weights that were never fetched', () => {
    const all = [found('fp32'), found('fp16', true)];
    expect(chooseWeights(directory, all, 'auto', GPU).weights.dtype).toBe('fp32');
    const none = [found('fp32', true), found('fp16', true)];
    expect(thrownIn(() => chooseWeights(directory, none, 'auto', GPU))).toMatchObject({
      code: 'MODEL_INVALID',
      message: 'tiny-model/fp32.onnx is a Git LFS pointer, not the file itself.',
    });
  });
});

describe('by name', () => {
  test.each<[Dtype, WeightsTarget]>([
    ['fp32', GPU],
    ['fp16', GPU],
    ['fp16', SOFTWARE],
    ['q4', OLD_GPU],
    ['q4f16', GPU],
    ...DTYPES.map((dtype): [Dtype, WeightsTarget] => [dtype, WASM]),
  ])('%s on %o', (dtype, target) => {
    const { weights, reason, notes } = choose(DTYPES, dtype, target);
    expect([weights.dtype, reason, notes.length]).toEqual([dtype, 'as asked', dtype === 'q8' ? 1 : 0]);
  });

  test.each<[Dtype, WeightsTarget, string]>([
    ['fp16', OLD_GPU, 'this GPU does not compute in 16-bit floats (it has no shader-f16)'],
    ['q4f16', OLD_GPU, 'this GPU does not compute in 16-bit floats (it has no shader-f16)'],
    ['q8', GPU, 'WebGPU has no kernels for dynamic int8'],
  ])('%s is refused on %o', (dtype, target, why) => {
    const error = refusal(DTYPES, dtype, target);
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toBe(`The ${dtype} weights of tiny-model (${dtype}.onnx) do not run here: ${why}.`);
    expect(error.hint).toContain('--device wasm');
  });

  test('one that is not there is refused with those that are', () => {
    const error = refusal(['fp32', 'q4'], 'fp16', GPU);
    expect(error.code).toBe('MODEL_FILE_MISSING');
    expect(error.message).toBe(
      'tiny-model has no fp16 weights (onnx/model_fp16.onnx). It has fp32 (fp32.onnx), q4 (q4.onnx).',
    );
  });

  test('one that was never fetched is refused as such', () => {
    expect(thrownIn(() => chooseWeights(directory, [found('fp16', true)], 'fp16', WASM))).toMatchObject({
      code: 'MODEL_INVALID',
    });
  });
});

test('what a device can run is read off its adapter', () => {
  const adapter = {
    vendor: '',
    architecture: '',
    description: '',
    software: false,
    features: ['shader-f16'],
    limits: {},
  };
  expect(weightsTarget({ provider: 'webgpu', adapter })).toEqual(GPU);
  expect(weightsTarget({ provider: 'webgpu', adapter: { ...adapter, features: [] } })).toEqual(OLD_GPU);
  expect(weightsTarget({ provider: 'webgpu', adapter: { ...adapter, software: true } })).toEqual(SOFTWARE);
  expect(weightsTarget({ provider: 'wasm', adapter: null })).toEqual(WASM);
});
