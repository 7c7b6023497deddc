import { expect, test } from 'vitest';
import { packBuffers, unpackBuffers } from '../../../src/util/pack-buffers.ts';

test('buffers of every class come back from JSON as they were', () => {
  const long = Uint8Array.from({ length: 100_001 }, (_, index) => (index * 7919) % 256);
  const value = {
    text: 'ü',
    nothing: null,
    numbers: [1, -0.5, 1e300],
    inner: { values: new Float32Array([1.5, Number.NaN, -0]), rows: new Uint32Array([0, 4294967295]) },
    done: new Uint8Array(0),
    raw: long.buffer,
    part: long.subarray(3, 9),
  };
  const back = unpackBuffers(JSON.parse(JSON.stringify(packBuffers(value)))) as typeof value;
  expect(back).toEqual({ ...value, part: new Uint8Array(long.slice(3, 9)) });
  expect(new Uint8Array(back.raw)).toEqual(long);
  expect(Object.is(back.inner.values[2], -0)).toBe(true);
});

test('what JSON cannot hold is refused, not dropped', () => {
  expect(() => packBuffers({ a: [1n] })).toThrow('got a bigint');
  expect(() => packBuffers(new BigInt64Array(1))).toThrow('got BigInt64Array');
  expect(() => unpackBuffers({ $bytes: '', as: 'Function' })).toThrow('got Function');
});
