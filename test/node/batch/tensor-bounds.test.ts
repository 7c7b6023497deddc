import { expect, test } from 'vitest';
import { largestTensorBytes, tensorBounds } from '../../../src/batch/tensor-bounds.ts';
import type { DeviceReport } from '../../../src/core/device-info.ts';

const WIDTHS = { heads: 12, hidden: 384, intermediate: 1536 };

function gpuWith(limits: Record<string, number>): DeviceReport {
  const adapter = { vendor: '', architecture: '', description: '', software: false, features: [], limits };
  return { provider: 'webgpu', label: '', reason: '', adapter, threads: 1 };
}

test('a GPU bounds a tensor by its smaller limit, of a buffer or of a binding', () => {
  const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 27 };
  expect(tensorBounds(gpuWith(limits), WIDTHS)).toEqual({ ...WIDTHS, maxTensorBytes: 2 ** 27 });
  const swapped = { maxBufferSize: 2 ** 27, maxStorageBufferBindingSize: 2 ** 30 };
  expect(tensorBounds(gpuWith(swapped), WIDTHS).maxTensorBytes).toBe(2 ** 27);
  expect(tensorBounds(gpuWith({}), WIDTHS).maxTensorBytes).toBe(Number.MAX_SAFE_INTEGER);
});

test('WASM bounds it by a share of its heap, whatever GPU there is', () => {
  const device = { ...gpuWith({ maxBufferSize: 1 }), provider: 'wasm' as const };
  expect(tensorBounds(device, WIDTHS).maxTensorBytes).toBe(2 ** 28);
});

test('the scores of the attention are largest in long rows, the feed-forward layer in short ones', () => {
  // 32 rows of 512 tokens: the 403 MB that a buffer of 128 MiB cannot hold.
  expect(32 * largestTensorBytes(512, WIDTHS)).toBe(402_653_184);
  expect(largestTensorBytes(16, WIDTHS)).toBe(4 * 16 * 1536);
  expect(largestTensorBytes(512, { heads: 0, hidden: 0, intermediate: 0 })).toBe(0);
});
