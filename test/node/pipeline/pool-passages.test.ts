import { describe, expect, test } from 'vitest';
import { pooledOutput } from '../../../src/core/pooled-output.ts';
import { VECTOR_ELEMENTS, type VectorOutput } from '../../../src/core/result-output.ts';
import { packVectors } from '../../../src/device/pack-vectors.ts';
import { poolPassages } from '../../../src/pipeline/pool-passages.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { vectorBytes } from '../../support/vector-bytes.ts';

const DIMS = 16;
const FROM: VectorOutput = { kind: 'vector', dims: DIMS, element: 'float32' };
/** Passages of each of five rows. */
const COUNTS = [3, 1, 2, 7, 1];
const STARTS = COUNTS.reduce((starts, count) => [...starts, starts.at(-1)! + count], [0]);
const random = seededRandom(8);
const TOKENS = Array.from({ length: STARTS.at(-1)! }, () => 1 + Math.floor(random() * 500));
const VECTORS = Float32Array.from({ length: TOKENS.length * DIMS }, () => random() * 2 - 1);

/** v = sum of t v over sum of t, in doubles. */
function reference(normalize: boolean): number[][] {
  return COUNTS.map((count, row) => {
    const passages = Array.from({ length: count }, (_, index) => STARTS[row]! + index);
    if (count === 1) return [...VECTORS.subarray(passages[0]! * DIMS, (passages[0]! + 1) * DIMS)];
    const weight = passages.reduce((sum, passage) => sum + TOKENS[passage]!, 0);
    const mean = Array.from(
      { length: DIMS },
      (_, d) => passages.reduce((sum, p) => sum + TOKENS[p]! * VECTORS[p * DIMS + d]!, 0) / weight,
    );
    return mean.map((value) => (normalize ? value / Math.hypot(...mean) : value));
  });
}

function pool(normalize: boolean, element: VectorOutput['element'] = 'float32', from = FROM) {
  const { bytes } = packVectors(VECTORS.slice(), DIMS, from.element);
  return poolPassages(bytes, TOKENS, STARTS, { from, element, normalize });
}

describe('poolPassages', () => {
  test.each([true, false])('gives the mean weighted by tokens, normalised: %s', (normalize) => {
    const pooled = new Float32Array(pool(normalize).buffer);
    for (const [row, vector] of reference(normalize).entries()) {
      for (const [d, value] of vector.entries())
        expect(Math.abs(pooled[row * DIMS + d]! - value)).toBeLessThan(1e-7);
    }
  });

  test('leaves the vector of a single passage as it is, bit for bit', () => {
    const pooled = new Float32Array(pool(true).buffer);
    expect(pooled.slice(DIMS, 2 * DIMS)).toEqual(VECTORS.slice(3 * DIMS, 4 * DIMS));
  });

  test.each(VECTOR_ELEMENTS)('makes %s of the pooled vector, not of the windows', (element) => {
    const pooled = new Float32Array(pool(true).buffer);
    expect(pool(true, element)).toEqual(packVectors(pooled, DIMS, element).bytes);
  });

  test('takes vectors that are stored as halves', () => {
    const pooled = pool(true, 'float32', { ...FROM, element: 'float16' });
    for (const [i, value] of reference(true).flat().entries())
      expect(Math.abs(new Float32Array(pooled.buffer)[i]! - value)).toBeLessThan(2e-3);
  });

  test('gives zeros for windows without direction', () => {
    const values = vectorBytes(Array<number>(2 * DIMS).fill(0));
    const pooled = poolPassages(values, [3, 4], [0, 2], { from: FROM, element: 'float32', normalize: true });
    expect([...pooled]).toEqual(Array<number>(4 * DIMS).fill(0));
  });
});

describe('pooledOutput', () => {
  test('has the precision asked for where windows are pooled, and what is stored elsewhere', () => {
    const int8 = { kind: 'embed', long: 'pool', precision: 'int8' } as const;
    expect(pooledOutput(int8, FROM)).toEqual({ ...FROM, element: 'int8' });
    expect(pooledOutput({ ...int8, long: 'split' }, { ...FROM, element: 'int8' })).toEqual({
      ...FROM,
      element: 'int8',
    });
    expect(pooledOutput({ kind: 'embed' }, FROM)).toEqual(FROM);
  });

  test('refuses bits that do not fill a byte', () => {
    const task = { kind: 'embed', long: 'pool', precision: 'binary' } as const;
    expect(() => pooledOutput(task, { ...FROM, dims: 20 })).toThrow(
      /20 is no multiple of 8 \(16 and 24 are\)/,
    );
  });
});
