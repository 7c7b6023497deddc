import { describe, expect, test } from 'vitest';
import type { BatchInput } from '../../../src/core/batch.ts';
import { EXECUTION_PROVIDERS } from '../../../src/core/device-info.ts';
import { VECTOR_ELEMENTS } from '../../../src/core/result-output.ts';
import { planFinish } from '../../../src/device/finish-plan.ts';
import { poolRows } from '../../../src/device/pool-rows.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';
import { decodeValues, differingValues, expectPacked } from './expect-packed.ts';
import { openGpuFinish, type HiddenState } from './finish-on-gpu.ts';
import { lookupModel, tokenTable } from './lookup-model.ts';
import { copyOf, randomBatch } from './random-batch.ts';
import { referenceRows } from './reference-rows.ts';
import { loadRequest, startDevice } from './start-device.ts';

// More than one round of a workgroup's 128 lanes, and no whole number of words of any small element.
const width = 202;
const table = tokenTable(width);

/** What a lookup model gives for the batch, the padding as loud as any token. */
function hiddenOf({ tokenIds, lengths, paddedLength }: BatchInput): HiddenState {
  const values = new Float32Array(lengths.length * paddedLength * width).fill(9);
  let at = 0;
  for (const [row, length] of lengths.entries()) {
    for (let token = 0; token < length; token++, at++) {
      const vector = table.subarray(tokenIds[at]! * width, (tokenIds[at]! + 1) * width);
      values.set(vector, (row * paddedLength + token) * width);
    }
  }
  return { values, lengths, paddedLength };
}

test('every element, pooling and cut gives what its definition says, on the GPU and on the CPU', async () => {
  const onGpu = await openGpuFinish();
  let values = 0;
  let differing = 0;
  for (const element of VECTOR_ELEMENTS) {
    for (const pooling of ['mean', 'cls', 'last_token', 'max'] as const) {
      for (const normalize of element === 'int8' ? [true] : [true, false]) {
        // Rows of 1, 5 and 23 bytes as binary; odd numbers of values else.
        const cuts = element === 'binary' ? [40, 8, 184] : [33, 1, width];
        for (const kept of normalize ? cuts : cuts.slice(0, 1)) {
          const rules = { dims: width, kept, pooling, normalize };
          const finish = { kind: 'vector', pooling, normalize, dimensions: kept, element } as const;
          const finishRows = await onGpu(width, finish);
          for (const rows of [1, 2, 129]) {
            const batch = randomBatch(rows + kept, rows, rows === 129 ? 9 : 70);
            const hidden = hiddenOf(batch);
            const expected = referenceRows(table, batch, rules);
            const gpu = await finishRows(hidden);
            expectPacked(gpu, expected, element);
            const plan = planFinish(finish, { name: '', type: 'float32', dims: width, pooling });
            if (plan.steps.kind !== 'vector') throw new TypeError('vectors were asked for');
            const cpu = poolRows(hidden.values, hidden.lengths, plan.steps);
            expectPacked(cpu, expected, element);
            if (element === 'float32') continue;
            values += rows * kept;
            differing += differingValues(gpu, cpu, element);
          }
        }
      }
    }
  }
  // The two differ where a value lies within float32's error of a boundary, and nowhere else.
  expect(differing / values).toBeLessThan(2e-4);
});

describe.each(EXECUTION_PROVIDERS)('%s', (provider) => {
  test('a loaded model gives each element, cut and normalised again', async () => {
    const device = startDevice();
    const onnx = lookupModel(table, width);
    for (const [element, pooling, dimensions, rowBytes] of [
      ['float32', 'mean', 7, 28],
      ['float16', 'max', null, 404],
      ['int8', 'cls', 33, 33],
      ['binary', 'last_token', 40, 5],
    ] as const) {
      const finish = { kind: 'vector', pooling, normalize: true, dimensions, element } as const;
      const loaded = await device.load(loadRequest(onnx, { provider, finish }));
      expect(loaded.output).toEqual({ kind: 'vector', dims: dimensions ?? width, element });
      for (const rows of [1, 2, 129]) {
        const batch = randomBatch(rows, rows, 12);
        const output = await device.run(copyOf(batch));
        const rules = { dims: width, kept: dimensions ?? width, pooling, normalize: true };
        expectPacked(output, referenceRows(table, batch, rules), element);
        // Whole words and one word of flags a row come back from a GPU; never the hidden state.
        const read = provider === 'webgpu' ? Math.ceil(rowBytes / 4) * 4 + 4 : 12 * width * 4;
        expect(output.cost.readBytes).toBe(rows * read);
      }
      await device.renew();
    }
  });

  test('rows that are not finite or beyond float16 are told apart, and leave the others alone', async () => {
    const numbers = tokenTable(6);
    const row = (token: number, ...values: number[]) => numbers.set(values, token * 6);
    row(1, 65504, -65504, 65519.996, -65519.996, 6e-8, 0);
    row(2, 1, 65520, 0, 0, 0, 0);
    row(3, Number.NaN, 70000, 0, 0, 0, 0);
    row(4, -3e38, 0, 0, 0, 0, 0);
    row(5, 0, 0, 0, 0, Number.NEGATIVE_INFINITY, 0);
    // Behind the cut.
    row(6, 2, 0, 0, 0, 0, Number.NaN);
    const device = startDevice();
    const finish = {
      kind: 'vector',
      pooling: 'cls',
      normalize: false,
      dimensions: 5,
      element: 'float16',
    } as const;
    await device.load(loadRequest(lookupModel(numbers, 6), { provider, finish }));
    const tokenIds = Int32Array.of(1, 2, 3, 4, 5, 6);
    const output = await device.run({ tokenIds, lengths: new Uint32Array(6).fill(1), paddedLength: 2 });
    expect(output).toMatchObject({ notFinite: [2, 4], outOfRange: [1, 3] });
    const values = decodeValues(output.values, 'float16');
    expect(values.slice(0, 5)).toEqual([65504, -65504, 65504, -65504, 2 ** -24]);
    expect(values.slice(25)).toEqual([2, 0, 0, 0, 0]);
  });

  test('bits are of what is above 0, the first value in the highest', async () => {
    const numbers = new Float32Array(97 * 9).fill(-1);
    numbers.set([1e-30, -1e-30, 0, -0, 3e38, -3e38, 1, 0.5, -7], 9);
    const device = startDevice();
    const finish = {
      kind: 'vector',
      pooling: 'max',
      normalize: true,
      dimensions: 8,
      element: 'binary',
    } as const;
    await device.load(loadRequest(lookupModel(numbers, 9), { provider, finish }));
    const output = await device.run({
      tokenIds: Int32Array.of(1, 2),
      lengths: Uint32Array.of(1, 1),
      paddedLength: 1,
    });
    expect([...output.values]).toEqual([0b1000_1011, 0]);
  });

  test('more dimensions than there are, and bits that fill no bytes, are refused with the numbers', async () => {
    const onnx = lookupModel(tokenTable(9), 9);
    const device = startDevice();
    const refused = async (change: { readonly dimensions?: number; readonly element?: 'binary' }) => {
      const loaded = device.load(loadRequest(onnx, { provider, ...change }));
      const error: unknown = await loaded.catch((thrown: unknown) => thrown);
      await device.renew();
      return error;
    };
    expect(await refused({ dimensions: 10 })).toMatchObject({
      code: 'SPEC_INVALID',
      message: "10 dimensions are asked for, and the model's vectors have 9.",
    });
    expect(await refused({ element: 'binary' })).toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringContaining('9 is no multiple of 8 (8 and 16 are)'),
    });
  });
});

test('a slot serves wider and narrower rows by turns', async () => {
  const onGpu = await openGpuFinish();
  const hidden = hiddenOf(randomBatch(1, 5, 4));
  const finish = { kind: 'vector', pooling: 'mean', normalize: true } as const;
  const wide = await onGpu(width, { ...finish, dimensions: null, element: 'float32' });
  const narrow = await onGpu(width, { ...finish, dimensions: 3, element: 'int8' });
  const first = await wide(hidden);
  const packed = await narrow(hidden);
  const again = await wide(hidden);
  expect(packed.values.length).toBe(5 * 3);
  expect(vectorNumbers(again.values)).toEqual(vectorNumbers(first.values));
});
