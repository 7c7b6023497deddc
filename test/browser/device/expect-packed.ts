import { expect } from 'vitest';
import type { BatchOutput } from '../../../src/core/batch.ts';
import type { VectorElement } from '../../../src/core/result-output.ts';
import { decodeFloat16, toFloat16Bits } from '../../../src/device/float16.ts';

/** So near to where it rounds the other way may a value be, for either to be right: float32 arithmetic knows no better. */
const NEAR = 1e-6;

/**
 * Every value of every row is what rounding the expected one gives; beside a boundary, what rounding a number within 1e-6 of
 * it gives. Rows lie one after the other, without anything between them.
 */
export function expectPacked(
  output: BatchOutput,
  expected: readonly (readonly number[])[],
  element: VectorElement,
): void {
  const dims = expected[0]!.length;
  const rowBytes = (dims * { float32: 32, float16: 16, int8: 8, binary: 1 }[element]) / 8;
  expect(output).toMatchObject({ rowBytes, notFinite: [], outOfRange: [] });
  expect(output.values.length).toBe(rowBytes * expected.length);
  const got = decodeValues(output.values, element);
  const wrong = expected.flat().flatMap((value, i) => {
    const [low, high] = [roundTo[element](value - NEAR), roundTo[element](value + NEAR)];
    return got[i]! >= low && got[i]! <= high ? [] : [{ i, value, got: got[i]! }];
  });
  expect(wrong).toEqual([]);
}

/** Values that two outputs round differently. */
export function differingValues(a: BatchOutput, b: BatchOutput, element: VectorElement): number {
  const other = decodeValues(b.values, element);
  return decodeValues(a.values, element).filter((value, i) => value !== other[i]).length;
}

/** The values as plain numbers: what int8 and binary hold themselves, not what they stand for. */
export function decodeValues(bytes: Uint8Array<ArrayBuffer>, element: VectorElement): readonly number[] {
  switch (element) {
    case 'float32':
      return [...new Float32Array(bytes.buffer)];
    case 'float16':
      return [...decodeFloat16(new Uint16Array(bytes.buffer))];
    case 'int8':
      return [...new Int8Array(bytes.buffer)];
    case 'binary':
      return [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> (7 - bit)) & 1));
  }
}

const roundTo: Readonly<Record<VectorElement, (value: number) => number>> = {
  float32: (value) => value,
  float16: (value) => {
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
    return decodeFloat16(Uint16Array.of(toFloat16Bits(bits)))[0]!;
  },
  int8: (value) => Math.round(value * 127),
  binary: (value) => (value > 0 ? 1 : 0),
};
