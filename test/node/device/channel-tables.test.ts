import { expect, test } from 'vitest';
import { channelTables } from '../../../src/device/pixel-feeds.ts';
import { fromBase64, GOLDEN_NORMALISED, inputOf } from '../../support/image-golden.ts';

test('values are rescaled and normalised as NumPy does in 32 bits, to the bit', () => {
  const { rescale, mean, std, tables } = GOLDEN_NORMALISED;
  const input = { ...inputOf({ width: 2, height: 2, resize: null }), rescale, mean, std };
  const expected = tables.map((table) => [...new Float32Array(fromBase64(table).buffer)]);
  expect(channelTables(input).map((table) => [...table])).toEqual(expected);
});
