import { describe, expect, test } from 'vitest';
import { findWeights } from '../../../src/model/find-weights.ts';
import { ModelDirectory } from '../../../src/model/model-directory.ts';
import { modelRef, rejection } from './model-ref.ts';

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90387606\n';

async function find(...paths: readonly string[]) {
  const files = { 'config.json': {}, ...Object.fromEntries(paths.map((path) => [path, 'x'])) };
  return findWeights(new ModelDirectory(modelRef(files)));
}

describe('the weights', () => {
  test.each([
    [
      { fp32: 'onnx/model.onnx', fp16: 'onnx/model_fp16.onnx' },
      ['model.onnx', 'onnx/model.onnx', 'onnx/model_fp16.onnx'],
    ],
    [{ fp32: 'model.onnx', fp16: 'onnx/model_fp16.onnx' }, ['model.onnx', 'onnx/model_fp16.onnx']],
    [{ fp32: 'onnx/encoder.onnx' }, ['onnx/encoder.onnx', 'other.onnx']],
    [{ fp16: 'onnx/encoder_fp16.onnx' }, ['onnx/encoder_fp16.onnx']],
    [{ fp32: 'bge.onnx' }, ['bge.onnx']],
    [
      { q4: 'onnx/model_q4.onnx', q4f16: 'onnx/model_q4f16.onnx' },
      ['onnx/model_q4f16.onnx', 'onnx/model_q4.onnx', 'onnx/model_bnb4.onnx'],
    ],
    [
      { q8: 'onnx/model_quantized.onnx' },
      ['onnx/model_uint8.onnx', 'onnx/model_int8.onnx', 'onnx/model_quantized.onnx'],
    ],
    [
      { q8: 'onnx/model_qint8_avx512_vnni.onnx' },
      ['onnx/model_quint8_avx2.onnx', 'onnx/model_qint8_avx512_vnni.onnx'],
    ],
    [
      { fp32: 'onnx/model.onnx', q8: 'onnx/model_qint8_arm64.onnx' },
      ['onnx/model.onnx', 'onnx/model_O3.onnx', 'onnx/model_qint8_arm64.onnx'],
    ],
  ] as const)('are %j of %j', async (expected, paths) => {
    const found = await find(...paths);
    expect(Object.fromEntries(found.map(({ weights }) => [weights.dtype, weights.onnxPath]))).toEqual(
      expected,
    );
    expect(found.map(({ pointer }) => pointer)).toEqual(found.map(() => null));
  });

  test('are not guessed among several', async () => {
    const error = await rejection(find('onnx/b.onnx', 'onnx/a.onnx'));
    expect(error.code).toBe('MODEL_FILE_MISSING');
    expect(error.message).toBe(
      'tiny-model has no onnx/model.onnx, and more than one other: onnx/a.onnx, onnx/b.onnx.',
    );
    expect(error.hint).toBe('Copy the one to use to onnx/model.onnx.');
  });

  test('are missed where there is no ONNX file', async () => {
    expect((await rejection(find())).message).toContain('has no ONNX file');
  });

  test('and their data are told from Git LFS pointers', async () => {
    const files = {
      'config.json': {},
      'onnx/model.onnx': POINTER,
      'onnx/model_fp16.onnx': 'x',
      'onnx/model_q4.onnx': 'x',
      'onnx/model_q4.onnx_data': POINTER,
    };
    const found = await findWeights(new ModelDirectory(modelRef(files)));
    expect(found.map(({ pointer }) => pointer)).toEqual(['onnx/model.onnx', null, 'onnx/model_q4.onnx_data']);
  });
});

test('external data is found beside the weights, by base name', async () => {
  const [fp32, fp16] = await find(
    'onnx/model.onnx',
    'onnx/model.onnx_data',
    'onnx/model.onnx_data_1',
    'onnx/model.onnx.data',
    'onnx/model.data',
    'onnx/model_fp16.onnx',
    'onnx/model_fp16.onnx_data',
    'onnx/deeper/model.onnx_data',
    'model.onnx_data',
    '../model.onnx_data',
  );
  expect(Object.keys(fp32!.weights.externalData).sort()).toEqual([
    'model.data',
    'model.onnx.data',
    'model.onnx_data',
    'model.onnx_data_1',
  ]);
  expect(Object.keys(fp16!.weights.externalData)).toEqual(['model_fp16.onnx_data']);
});
