import { expect, test } from 'vitest';
import { bertGraph } from '../../fixtures/bert/bert-graph.mjs';
import { protobufBytes } from '../../fixtures/onnx/protobuf-message.mjs';
import type { BatchRun } from '../../../src/core/batch.ts';
import { EXECUTION_PROVIDERS } from '../../../src/core/device-info.ts';
import { expectRows } from './expect-rows.ts';
import { copyOf, randomBatch } from './random-batch.ts';
import { loadRequest, startDevice } from './start-device.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const shape = { layers: 2, hidden: 64, heads: 4, intermediate: 128, maxPositions: 128, vocab: 400, seed: 3 };

test.each([
  { tokenTypeIds: true, output: 'last_hidden_state' },
  { tokenTypeIds: false, output: 'sentence_embedding' },
] as const)(
  'a small BERT gives the same on both providers, and for a row alone as padded beside others: %o',
  async ({ tokenTypeIds, output }) => {
    const onnx = protobufBytes(bertGraph({ ...shape, tokenTypeIds, output }));
    const [gpu, cpu] = [startDevice(), startDevice()];
    await gpu.load(loadRequest(onnx, { provider: 'webgpu', normalize: true }));
    const loaded = await cpu.load(loadRequest(onnx, { provider: 'wasm', normalize: true }));
    expect(loaded).toMatchObject({ output: { kind: 'vector', dims: 64 }, outputName: output });
    const batch = randomBatch(5, 6, 48);
    const expected = vectorsOf(await cpu.run(copyOf(batch)));
    const together = await gpu.run(copyOf(batch));
    expect(together.notFinite).toEqual([]);
    expectRows(together, expected);
    let start = 0;
    for (const [row, length] of [...batch.lengths].slice(0, 3).entries()) {
      const tokenIds = batch.tokenIds.slice(start, (start += length));
      const alone = await gpu.run({ tokenIds, lengths: Uint32Array.of(length), paddedLength: length });
      expectRows(alone, [expected[row]!]);
      const values = together.values.slice(row * 256, (row + 1) * 256);
      expectRows({ ...together, values }, vectorsOf(alone));
    }
  },
);

function vectorsOf({ values }: BatchRun): number[][] {
  const numbers = vectorNumbers(values);
  return Array.from({ length: numbers.length / 64 }, (_, row) => [
    ...numbers.subarray(row * 64, (row + 1) * 64),
  ]);
}

test('without JSPI the asyncify build gives the same', async () => {
  const onnx = protobufBytes(bertGraph({ ...shape, tokenTypeIds: true, output: 'last_hidden_state' }));
  const batch = randomBatch(9, 5, 20);
  const outputs = [];
  for (const provider of EXECUTION_PROVIDERS) {
    const device = startDevice();
    await device.hideJspi();
    await device.load(loadRequest(onnx, { provider }));
    outputs.push(await Promise.all([device.run(copyOf(batch)), device.run(copyOf(batch))]));
    await device.close();
  }
  const [gpu, cpu] = outputs.map((runs) => [...vectorNumbers(runs[1].values)]);
  expect(gpu).toHaveLength(5 * 64);
  const worst = Math.max(...gpu!.map((value, i) => Math.abs(value - cpu![i]!)));
  expect(worst).toBeLessThan(1e-5);
});
