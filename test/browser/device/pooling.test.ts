import { describe, expect, test } from 'vitest';
import { EXECUTION_PROVIDERS } from '../../../src/core/device-info.ts';
import { expectRows } from './expect-rows.ts';
import { lookupModel, tokenTable } from './lookup-model.ts';
import { copyOf, randomBatch } from './random-batch.ts';
import { referenceRows } from './reference-rows.ts';
import { loadRequest, startDevice } from './start-device.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

// More than one round of a workgroup's 128 lanes, and not a multiple of it.
const dims = 200;
const table = tokenTable(dims);
const model = lookupModel(table, dims);

describe.each(EXECUTION_PROVIDERS)('%s', (provider) => {
  test('every pooling, with and without normalisation, is what its definition says', async () => {
    const device = startDevice();
    for (const pooling of ['mean', 'cls', 'last_token', 'max'] as const) {
      for (const normalize of [false, true]) {
        const loaded = await device.load(loadRequest(model, { provider, pooling, normalize }));
        expect(loaded).toMatchObject({ output: { dims }, outputName: 'last_hidden_state' });
        for (const [rows, paddedLength] of [
          [1, 1],
          [3, 5],
          [17, 70],
        ] as const) {
          const batch = randomBatch(rows, rows, paddedLength);
          const output = await device.run(copyOf(batch));
          expect(output.notFinite).toEqual([]);
          expectRows(output, referenceRows(table, batch, { dims, pooling, normalize }));
        }
        await device.renew();
      }
    }
  });

  test('an output of rows is taken as it is', async () => {
    const device = startDevice();
    const small = tokenTable(6);
    const rows = lookupModel(small, 6, { rows: true, output: 'sentence_embedding' });
    const loaded = await device.load(loadRequest(rows, { provider, pooling: 'none', normalize: true }));
    expect(loaded).toMatchObject({ output: { dims: 6 }, outputName: 'sentence_embedding' });
    const output = await device.run({
      tokenIds: Int32Array.of(5, 6, 7, 8),
      lengths: Uint32Array.of(2, 2),
      paddedLength: 2,
    });
    const sums = referenceRows(
      small,
      { tokenIds: Int32Array.of(5, 6, 7, 8), lengths: Uint32Array.of(2, 2), paddedLength: 2 },
      // The direction of a sum is that of a mean.
      { dims: 6, pooling: 'mean', normalize: true },
    );
    expectRows(output, sums);
  });

  test.each(['mean', 'max', 'cls', 'last_token'] as const)(
    '%s pooling tells the rows that are not finite, and only those',
    async (pooling) => {
      const broken = tokenTable(9);
      broken[10 * 9 + 4] = Number.NaN;
      broken[11 * 9] = Number.POSITIVE_INFINITY;
      broken[12 * 9 + 8] = Number.NEGATIVE_INFINITY;
      const device = startDevice();
      await device.load(loadRequest(lookupModel(broken, 9), { provider, pooling, normalize: true }));
      const batch = {
        tokenIds: Int32Array.of(1, 2, 10, 11, 3, 12, 13),
        lengths: Uint32Array.of(2, 1, 1, 1, 1, 1),
        paddedLength: 3,
      };
      const output = await device.run(copyOf(batch));
      expect(output.notFinite).toEqual([1, 2, 4]);
      const finite = { ...batch, tokenIds: Int32Array.of(1, 2, 1, 1, 3, 1, 13) };
      const expected = referenceRows(broken, finite, { dims: 9, pooling, normalize: true });
      for (const row of [0, 3, 5]) {
        const vector = { ...output, values: output.values.slice(row * 36, (row + 1) * 36) };
        expectRows(vector, [expected[row]!]);
      }
    },
  );

  test('normalising keeps vectors that are huge, tiny or zero', async () => {
    const sizes = tokenTable(4);
    sizes.set([3e30, 4e30, 0, 0], 4);
    sizes.set([3e-18, 4e-18, 0, 0], 8);
    sizes.set([0, 0, 0, 0], 12);
    const device = startDevice();
    await device.load(loadRequest(lookupModel(sizes, 4), { provider, pooling: 'cls', normalize: true }));
    const output = await device.run({
      tokenIds: Int32Array.of(1, 2, 3),
      lengths: Uint32Array.of(1, 1, 1),
      paddedLength: 1,
    });
    const expected = [0.6, 0.8, 0, 0, 3e-6, 4e-6, 0, 0, 0, 0, 0, 0];
    for (const [i, value] of expected.entries())
      expect(vectorNumbers(output.values)[i]).toBeCloseTo(value, 6 + (value < 1e-3 ? 4 : 0));
    expect(output.notFinite).toEqual([]);
  });
});

test('a batch may have more rows than one dimension of a dispatch has workgroups', async () => {
  const rows = 70_000;
  const small = tokenTable(4);
  const device = startDevice();
  await device.load(loadRequest(lookupModel(small, 4), { pooling: 'cls' }));
  const batch = randomBatch(4, rows, 1);
  const last = { tokenIds: batch.tokenIds.slice(-9), lengths: batch.lengths.slice(-9), paddedLength: 1 };
  const output = await device.run(batch);
  expect(output.values.length).toBe(rows * 16);
  const values = output.values.slice(-9 * 16);
  expectRows(
    { ...output, values },
    referenceRows(small, last, { dims: 4, pooling: 'cls', normalize: false }),
  );
});
