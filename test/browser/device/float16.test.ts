import { expect, test } from 'vitest';
import { planFinish } from '../../../src/device/finish-plan.ts';
import { decodeFloat16 } from '../../../src/device/float16.ts';
import { GpuFinisher } from '../../../src/device/gpu-finisher.ts';
import { openGpu } from '../../../src/device/open-gpu.ts';
import { ReadbackSlot } from '../../../src/device/readback-slot.ts';
import { encodeFloat16 } from '../../fixtures/onnx/encode-float16.mjs';
import { OnnxGraphBuilder } from '../../fixtures/onnx/onnx-graph-builder.mjs';
import { protobufBytes } from '../../fixtures/onnx/protobuf-message.mjs';
import { expectRows } from './expect-rows.ts';
import { tokenTable, vocab } from './lookup-model.ts';
import { copyOf, randomBatch } from './random-batch.ts';
import { referenceRows } from './reference-rows.ts';
import { loadRequest, startDevice } from './start-device.ts';
import { vectorBytes, vectorNumbers } from '../../support/vector-bytes.ts';

// Odd, so that rows begin in the middle of a word.
const dims = 33;
const bits = encodeFloat16(tokenTable(dims));
const rules = { dims, pooling: 'mean', normalize: false } as const;

function halfModel(): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraphBuilder();
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  graph.input('attention_mask', 'int64', ['batch', 'sequence']);
  graph.add('Gather', [graph.float16('table', [vocab, dims], bits), ids], {}, 'last_hidden_state');
  graph.output('last_hidden_state', 'float16', ['batch', 'sequence', dims]);
  return protobufBytes(graph.model('half'));
}

test('every half float is decoded', () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const decoded = decodeFloat16(all);
  const wrong = all.filter((i) => !Object.is(decoded[i], valueOf(i)));
  expect([...wrong]).toEqual([]);
});

/** By the definition of IEEE 754. */
function valueOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = (half & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

test('a half-float output is pooled on the CPU', async () => {
  const device = startDevice();
  await device.load(loadRequest(halfModel(), { provider: 'wasm' }));
  const batch = randomBatch(1, 5, 7);
  const output = await device.run(copyOf(batch));
  expect(output.notFinite).toEqual([]);
  expectRows(output, referenceRows(decodeFloat16(bits), batch, rules));
});

test('a model of half floats on a GPU without them is refused', async () => {
  await expect(startDevice().load(loadRequest(halfModel()))).rejects.toMatchObject({
    code: 'MODEL_UNSUPPORTED',
    hint: expect.stringContaining('float32'),
  });
});

test('the kernel reads half floats without the feature, and sees which are not finite', async () => {
  const gpu = await openGpu();
  const output = { name: 'hidden', type: 'float16', dims, pooling: 'mean' } as const;
  const plan = planFinish(loadRequest(halfModel()).finish, output);
  const finisher = await GpuFinisher.create(gpu, output, plan);
  const slot = new ReadbackSlot(gpu);
  // Three rows of two tokens, in table order; the last row's second token is padding.
  const hidden = bits.slice(0, 6 * dims);
  hidden[2 * dims + 7] = 0x7c00;
  hidden[5 * dims] = 0x7e00;
  const buffer = gpu.createBuffer({
    size: hidden.byteLength,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
  });
  gpu.queue.writeBuffer(buffer, 0, hidden);
  finisher.submit({ buffer, lengths: Uint32Array.of(2, 2, 1), paddedLength: 2 }, slot);
  const rows = await slot.read(3, finisher.layout);
  expect(rows.notFinite).toEqual([1]);
  const batch = { tokenIds: Int32Array.of(0, 1, 4), lengths: Uint32Array.of(2, 1), paddedLength: 2 };
  const numbers = vectorNumbers(rows.values);
  const kept = vectorBytes([...numbers.subarray(0, dims), ...numbers.subarray(2 * dims)]);
  expectRows({ ...rows, values: kept }, referenceRows(decodeFloat16(bits), batch, rules));
  gpu.destroy();
});
