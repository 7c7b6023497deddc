import { expect, test } from 'vitest';
import type { BatchInput } from '../../../src/core/batch.ts';
import type { ExecutionProvider } from '../../../src/core/device-info.ts';
import type { Dtype } from '../../../src/core/dtype.ts';
import { bertGraph } from '../../fixtures/bert/bert-graph.mjs';
import { protobufBytes } from '../../fixtures/onnx/protobuf-message.mjs';
import { vectorNumbers } from '../../support/vector-bytes.ts';
import type { DeviceUnderTest } from './device-under-test.ts';
import { copyOf, randomBatch } from './random-batch.ts';
import { loadRequest, startDevice } from './start-device.ts';

const HIDDEN = 64;
const shape = {
  ...{ layers: 2, hidden: HIDDEN, heads: 4, intermediate: 128, maxPositions: 128, vocab: 400, seed: 3 },
  ...({ tokenTypeIds: true, output: 'last_hidden_state' } as const),
};
const batch = randomBatch(11, 8, 40);
const length = batch.lengths[0]!;
const firstRow = {
  tokenIds: batch.tokenIds.slice(0, length),
  lengths: Uint32Array.of(length),
  paddedLength: length,
};

async function load(device: DeviceUnderTest, dtype: Dtype, provider: ExecutionProvider) {
  await device.renew();
  await device.load(
    loadRequest(protobufBytes(bertGraph({ ...shape, dtype })), { provider, normalize: true }),
  );
  return async (input: BatchInput) => {
    const { values, notFinite } = await device.run(copyOf(input));
    expect(notFinite).toEqual([]);
    return vectorNumbers(values);
  };
}

/** The least cosine of a row of one with the same row of the other; both are of unit length. */
function worstCosine(a: Float32Array, b: Float32Array): number {
  const rows = a.length / HIDDEN;
  expect([rows, b.length / HIDDEN]).toEqual([batch.lengths.length, rows]);
  const cosines = Array.from({ length: rows }, (_, row) => {
    const vector = a.subarray(row * HIDDEN, (row + 1) * HIDDEN);
    return vector.reduce((sum, value, i) => sum + value * b[row * HIDDEN + i]!, 0);
  });
  return Math.min(...cosines);
}

test('weights quantised from the same fp32 ones give about the same direction', async () => {
  const device = startDevice();
  const exact = await (await load(device, 'fp32', 'wasm'))(batch);
  const cosines: Partial<Record<Dtype, number>> = {};
  const outputs: Partial<Record<Dtype, Float32Array>> = {};
  for (const dtype of ['fp16', 'q4', 'q4f16', 'q8'] as const) {
    const run = await load(device, dtype, 'wasm');
    const together = (outputs[dtype] = await run(batch));
    cosines[dtype] = worstCosine(exact, together);
    const alone = await run(firstRow);
    const worst = Math.max(...alone.map((value, i) => Math.abs(value - together[i]!)));
    // Dynamic int8 scales by the whole batch: why it is only taken when it is asked for.
    if (dtype === 'q8') expect(worst).toBeGreaterThan(1e-3);
    else expect(worst, dtype).toBeLessThan(1e-5);
  }
  expect(cosines.fp16).toBeGreaterThan(0.99999);
  expect(cosines.q8).toBeGreaterThan(0.999);
  // Random weights have no structure that four bits could keep.
  expect(cosines.q4).toBeGreaterThan(0.97);
  expect(cosines.q4f16).toBeGreaterThan(0.97);
  // It is other weights: the same ones would prove nothing.
  expect(Math.max(...Object.values(cosines))).toBeLessThan(1 - 1e-8);

  const gpu = await load(device, 'q4', 'webgpu');
  expect(worstCosine(outputs.q4!, await gpu(batch))).toBeGreaterThan(0.99999);
});
