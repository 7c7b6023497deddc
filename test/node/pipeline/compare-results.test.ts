import { describe, expect, test } from 'vitest';
import type { BatchOutput } from '../../../src/core/batch.ts';
import type { LabelsOutput, VectorElement } from '../../../src/core/result-output.ts';
import { compareRow, showRow } from '../../../src/pipeline/compare-results.ts';
import { packVectors } from '../../../src/device/pack-vectors.ts';

function outputOf(values: Uint8Array<ArrayBuffer>, rowBytes: number): BatchOutput {
  return { values, rowBytes, notFinite: [], outOfRange: [] };
}

function packed(vector: readonly number[], element: VectorElement): BatchOutput {
  // The second of two rows, so that a place that is not counted shows.
  const rows = Float32Array.from([...vector.map(() => 0.125), ...vector]);
  const { bytes } = packVectors(rows, vector.length, element);
  return outputOf(bytes, bytes.length / 2);
}

function cosineOf(a: readonly number[], b: readonly number[], element: VectorElement): number {
  const output = { kind: 'vector', dims: a.length, element } as const;
  const likeness = compareRow(packed(a, element), packed(b, element), 1, output);
  return likeness.kind === 'cosine' ? likeness.cosine : Number.NaN;
}

const STEPS = Array.from({ length: 24 }, (_, i) => Math.sin(i * 1.3 + 0.2));

describe('vectors', () => {
  test.each(['float32', 'float16', 'int8', 'binary'] as const)('%s tells likes from others', (element) => {
    expect(cosineOf(STEPS, STEPS, element)).toBeCloseTo(1, 9);
    expect(cosineOf(STEPS, STEPS.toReversed(), element)).toBeLessThan(0.9);
    const minus = STEPS.map((value) => -value);
    expect(cosineOf(STEPS, minus, element)).toBeLessThan(-0.98);
  });

  test('one bit may fall on either side of 0, two may not', () => {
    const flipped = (count: number) => STEPS.map((value, i) => (i < count ? -value : value));
    expect(cosineOf(STEPS, flipped(1), 'binary')).toBe(1);
    expect(cosineOf(STEPS, flipped(2), 'binary')).toBeLessThan(0.999);
  });

  test('zeros are like zeros, and NaN is like nothing', () => {
    expect(cosineOf([0, 0], [0, 0], 'float32')).toBe(1);
    expect(cosineOf([0, 0], [1, 0], 'float32')).toBe(0);
    expect(cosineOf([Number.NaN, 0], [1, 0], 'float16')).toBeNaN();
  });
});

describe('labels', () => {
  const output: LabelsOutput = { kind: 'labels', labels: ['a', 'b', 'c', 'd'], count: 2 };

  function best(...pairs: readonly (readonly [label: number, score: number])[]): BatchOutput {
    const bytes = new ArrayBuffer(8 * pairs.length);
    new Uint32Array(bytes, 0, pairs.length).set(pairs.map(([label]) => label));
    new Float32Array(bytes, 4 * pairs.length).set(pairs.map(([, score]) => score));
    return outputOf(new Uint8Array(bytes), bytes.byteLength);
  }

  function gapOf(a: BatchOutput, b: BatchOutput): number {
    const likeness = compareRow(a, b, 0, output);
    return likeness.kind === 'scores' ? likeness.gap : Number.NaN;
  }

  test('differ by their scores, whatever their order', () => {
    expect(gapOf(best([0, 0.5], [1, 0.25]), best([0, 0.5], [1, 0.25]))).toBe(0);
    expect(gapOf(best([0, 0.5], [1, 0.25]), best([1, 0.5], [0, 0.25]))).toBe(0.25);
    expect(gapOf(best([0, 0.5], [1, 0.5]), best([1, 0.5], [0, 0.5]))).toBe(0);
  });

  test('a label that one of them lacks is no better than the last that it has', () => {
    // A tie for the second place.
    expect(gapOf(best([0, 0.5], [1, 0.25]), best([0, 0.5], [2, 0.25]))).toBe(0);
    expect(gapOf(best([0, 0.75], [1, 0.25]), best([2, 0.5], [1, 0.25]))).toBe(0.5);
  });

  test('scores that are no probabilities are measured by their size', () => {
    expect(gapOf(best([0, 1000], [1, 1]), best([0, 1001], [1, 1]))).toBeCloseTo(0.001, 5);
    expect(gapOf(best([0, Number.NaN], [1, 1]), best([0, 1], [1, 1]))).toBeNaN();
  });

  test('are shown by name', () => {
    expect(showRow(best([3, 0.75], [0, 0.125]), 0, output)).toBe('[d 0.7500, a 0.1250]');
  });
});
