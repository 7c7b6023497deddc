import type { TensorBounds } from '../core/batching.ts';
import type { DeviceReport } from '../core/device-info.ts';
import type { ModelWidths } from '../core/model-info.ts';

/**
 * Most bytes of a tensor on WASM: its heap ends at 4 GiB, and holds the weights, a few such tensors at a time, and what
 * ONNX Runtime keeps of earlier batches.
 */
const MAX_WASM_TENSOR_BYTES = 2 ** 32 / 16;

/** What a batch may need on this device: a tensor is one buffer of a GPU, and bound as one. */
export function tensorBounds(
  device: DeviceReport,
  { heads, hidden, intermediate }: ModelWidths,
): TensorBounds {
  return { maxTensorBytes: maxTensorBytes(device), heads, hidden, intermediate };
}

function maxTensorBytes({ provider, adapter }: DeviceReport): number {
  if (provider === 'wasm') return MAX_WASM_TENSOR_BYTES;
  const { maxBufferSize = Infinity, maxStorageBufferBindingSize = Infinity } = adapter?.limits ?? {};
  // A number that JSON and IndexedDB keep.
  return Math.min(maxBufferSize, maxStorageBufferBindingSize, Number.MAX_SAFE_INTEGER);
}

/**
 * Bytes of the largest tensor that a row of `length` tokens adds to a batch, in float32: the attention's scores, which a
 * model whose attention is not fused holds as `[rows, heads, length, length]`, what a feed-forward layer widens to, or
 * the hidden state.
 */
export function largestTensorBytes(length: number, { heads, hidden, intermediate }: ModelWidths): number {
  return (
    Float32Array.BYTES_PER_ELEMENT * Math.max(heads * length * length, length * intermediate, length * hidden)
  );
}
