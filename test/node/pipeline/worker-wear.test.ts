import { expect, test } from 'vitest';
import { WorkerWear } from '../../../src/pipeline/worker-wear.ts';

const MIB = 2 ** 20;
const LIMITS = { batches: 8, growthBytes: 100 * MIB, settleBatches: 3 };

function wearOf(...heapMib: readonly number[]): WorkerWear {
  const wear = new WorkerWear(LIMITS);
  for (const mib of heapMib) wear.add({ heapBytes: mib * MIB, gpuBytes: 0 });
  return wear;
}

test('a worker is worn after so many batches', () => {
  expect(wearOf(1, 1, 1, 1, 1, 1, 1).reason).toBeNull();
  expect(wearOf(1, 1, 1, 1, 1, 1, 1, 1).reason).toBe('the old one ran 8 batches');
});

test('a worker is worn when its memory grew over what its first batches took', () => {
  expect(wearOf(50, 900, 10).reason, 'whatever they took').toBeNull();
  expect(wearOf(50, 200, 10, 300).reason, 'as far as it may').toBeNull();
  expect(wearOf(50, 200, 10, 301).reason).toBe('the memory of the old one grew by 101 MiB');
});

test('so it is when its GPU buffers grew', () => {
  const wear = new WorkerWear(LIMITS);
  for (const mib of [10, 20, 10]) wear.add({ heapBytes: 5, gpuBytes: mib * MIB });
  expect(wear.reason).toBeNull();
  wear.add({ heapBytes: 5, gpuBytes: 140 * MIB });
  expect(wear.reason).toBe('the memory of the old one grew by 120 MiB');
});
