import { expect, test } from 'vitest';
import type { BatchCost } from '../../../src/core/batch.ts';
import { readTimes } from '../../../src/device/slot-timer.ts';
import { preciseNow } from '../../../src/util/precise-now.ts';
import { lookupModel, tokenTable } from './lookup-model.ts';
import { randomBatch } from './random-batch.ts';
import { loadRequest, startDevice } from './start-device.ts';

const dims = 64;
const table = tokenTable(dims);
/** The clocks of threads are this far apart at most. */
const SKEW_MS = 2;

async function costsOf(provider: 'webgpu' | 'wasm', count: number): Promise<BatchCost[]> {
  const device = startDevice();
  await device.load(loadRequest(lookupModel(table, dims), { provider, normalize: true }));
  const outputs = await Promise.all(
    Array.from({ length: count }, (_, i) => device.run(randomBatch(i, 200, 100))),
  );
  return outputs.map(({ cost }) => cost);
}

test('on WASM the whole output is read back, and runs follow one another', async () => {
  const before = preciseNow();
  const costs = await costsOf('wasm', 4);
  const after = preciseNow();
  let last = before - SKEW_MS;
  for (const { readBytes, run, gpu, memory } of costs) {
    expect(readBytes).toBe(200 * 100 * dims * 4);
    // Its own tensors at the least: the hidden state.
    expect(memory.heapBytes).toBeGreaterThan(readBytes);
    expect(memory.gpuBytes).toBe(0);
    expect(gpu).toBeNull();
    expect(run[0]).toBeGreaterThanOrEqual(last);
    expect(run[1]).toBeGreaterThan(run[0]);
    last = run[1];
  }
  expect(last).toBeLessThanOrEqual(after + SKEW_MS);
});

test('on a GPU the pooled rows are read back, with times of its own clock in the order of the batches', async () => {
  const costs = await costsOf('webgpu', 6);
  let last = 0;
  for (const { readBytes, run, gpu, memory } of costs) {
    expect(readBytes).toBe(200 * (dims + 1) * 4);
    expect(memory.gpuBytes).toBeGreaterThan(200 * 100 * dims * 4);
    expect(memory.heapBytes).toBeGreaterThan(2 ** 20);
    const [start, end] = gpu!;
    expect(start).toBeGreaterThanOrEqual(last);
    expect(end).toBeGreaterThanOrEqual(start);
    // What the GPU does for a batch lies within its run; 100 us are what Chromium rounds by.
    expect(end - start).toBeLessThanOrEqual(run[1] - run[0] + SKEW_MS);
    last = start;
  }
  // Everything is there after the first rounds.
  expect(new Set(costs.slice(3).map(({ memory }) => memory.gpuBytes)).size).toBe(1);
  expect(costs.some(({ gpu }) => gpu![1] > gpu![0])).toBe(true);
});

test('times that make no sense are none', () => {
  const read = (start: bigint, end: bigint) => {
    const bytes = new ArrayBuffer(24);
    new DataView(bytes).setBigUint64(4, start, true);
    new DataView(bytes).setBigUint64(12, end, true);
    return readTimes(bytes, 4);
  };
  expect(read(2_000_000n, 5_500_000n)).toEqual([2, 5.5]);
  expect(read(7n, 7n)).toEqual([7e-6, 7e-6]);
  expect(read(0n, 5n)).toBeNull();
  expect(read(5n, 0n)).toBeNull();
  expect(read(6n, 5n)).toBeNull();
});
