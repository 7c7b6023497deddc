import { describe, expect, test } from 'vitest';
import type { BatchInput } from '../../../src/core/batch.ts';
import { EXECUTION_PROVIDERS } from '../../../src/core/device-info.ts';
import type { ImageInput } from '../../../src/core/image-input.ts';
import { imageGraph } from '../../fixtures/images/image-graph.mjs';
import { protobufBytes } from '../../fixtures/onnx/protobuf-message.mjs';
import { imageReference, normalized } from '../../support/image-reference.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { expectRows } from './expect-rows.ts';
import { loadRequest, startDevice } from './start-device.ts';

const GRAPH = { size: 16, patch: 4, width: 8 };
const IMAGE: ImageInput = {
  width: 16,
  height: 16,
  resize: null,
  rescale: 1 / 255,
  mean: [0.48, 0.45, 0.4],
  std: [0.26, 0.25, 0.27],
  bgr: false,
  tokens: 16,
};
const EACH = 3 * 16 * 16;

function randomPictures(rows: number, seed: number): BatchInput {
  const random = seededRandom(seed);
  const bytes = Uint8Array.from({ length: rows * EACH }, () => Math.floor(random() * 256));
  const lengths = new Uint32Array(rows).fill(IMAGE.tokens);
  return { tokenIds: new Int32Array(0), lengths, paddedLength: IMAGE.tokens, pixels: { bytes, each: EACH } };
}

function pixelValues({ pixels }: BatchInput, row: number): number[] {
  return Array.from(pixels!.bytes.subarray(row * EACH, (row + 1) * EACH), (value, at) => {
    const channel = Math.floor(at / 256);
    return (value / 255 - IMAGE.mean[channel]!) / IMAGE.std[channel]!;
  });
}

const model = (options: { labels?: number | null; type?: 'float32' | 'float16' } = {}) =>
  protobufBytes(imageGraph({ ...GRAPH, labels: null, ...options }));
const tokensOf = (batch: BatchInput, row: number) =>
  imageReference(pixelValues(batch, row), { ...GRAPH, labels: null });

describe.each(EXECUTION_PROVIDERS)('pictures on %s', (provider) => {
  test('are the mean of all tokens, the class token among them, by the definition, whatever the number of rows', async () => {
    const device = startDevice();
    const request = loadRequest(model(), { provider, image: IMAGE, pooling: 'mean', normalize: true });
    const { output, outputName, inputNames } = await device.load(request);
    expect([output, outputName, inputNames]).toEqual([
      { kind: 'vector', dims: 8, element: 'float32' },
      'last_hidden_state',
      ['pixel_values'],
    ]);
    for (const rows of [1, 7, 3]) {
      const batch = randomPictures(rows, rows);
      const expected = Array.from({ length: rows }, (_, row) => {
        const tokens = tokensOf(batch, row);
        return normalized(
          tokens[0]!.map((__, d) => tokens.reduce((sum, token) => sum + token[d]!, 0) / tokens.length),
        );
      });
      expectRows(await device.run(batch), expected);
    }
  });

  test('get labels of a classifier', async () => {
    const device = startDevice();
    const finish = { kind: 'labels', activation: 'softmax', topK: 2, labels: ['a', 'b', 'c'] } as const;
    await device.load(loadRequest(model({ labels: 3 }), { provider, image: IMAGE, finish }));
    const batch = randomPictures(5, 3);
    const expected = Array.from({ length: 5 }, (_, row) => {
      const [logits] = imageReference(pixelValues(batch, row), { ...GRAPH, labels: 3 });
      return logits!.map((logit, label) => ({ logit, label })).toSorted((a, b) => b.logit - a.logit);
    });
    const { values, rowBytes } = await device.run(batch);
    const best = Array.from({ length: 5 }, (_, row) => new Uint32Array(values.buffer, row * rowBytes, 2));
    expect(best.map((labels) => [...labels])).toEqual(
      expected.map((labels) => labels.slice(0, 2).map(({ label }) => label)),
    );
  });
});

test('a model that reads 16-bit floats gets them', async () => {
  const device = startDevice();
  const request = loadRequest(model({ type: 'float16' }), { provider: 'wasm', image: IMAGE, pooling: 'cls' });
  await device.load(request);
  const batch = randomPictures(2, 9);
  const exact = [0, 1].flatMap((row) => tokensOf(batch, row)[0]!);
  const { values } = await device.run(batch);
  const got = new Float32Array(values.buffer);
  const worst = Math.max(...exact.map((value, i) => Math.abs(value - got[i]!)));
  // The inputs are off by a 2,048th; 32-bit ones would be off by a ten-millionth.
  expect(worst).toBeLessThan(2e-3);
  expect(worst).toBeGreaterThan(1e-6);
});

test('what does not fit together is told', async () => {
  const refused = async (image: ImageInput | null, onnx = model()) => {
    const request = loadRequest(onnx, { provider: 'wasm', ...(image === null ? {} : { image }) });
    return startDevice().load(request);
  };
  await expect(refused({ ...IMAGE, width: 32 })).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message:
      'onnx/model.onnx: The model takes pixel_values as [rows, 3, 16, 16], and its preprocessor_config.json gives [rows, 3, 16, 32].',
  });
  await expect(refused(null)).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    message: 'onnx/model.onnx: The model reads pictures (pixel_values), and the input has texts.',
  });
});
