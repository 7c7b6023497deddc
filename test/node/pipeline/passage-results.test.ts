import { describe, expect, test } from 'vitest';
import { packPassages } from '../../../src/core/passage.ts';
import { passageResults } from '../../../src/pipeline/passage-results.ts';
import type { StoredSchema } from '../../../src/pipeline/stored-results.ts';
import type { StoredResults, StoredWindow } from '../../../src/store/job-schema.ts';
import type { KeptColumns } from '../../../src/util/arrow/kept-columns.ts';
import { vectorBytes } from '../../support/vector-bytes.ts';

const WINDOW: StoredWindow = {
  ordinal: 0,
  firstChunk: 0,
  chunkCount: 1,
  budgetTokens: 100,
  exampleCount: 6,
  batchCount: 2,
  done: Uint8Array.of(3),
  complete: true,
  segments: 2,
};
const OUTPUT = { kind: 'vector', dims: 1, element: 'float32' } as const;
const SCHEMA: StoredSchema = {
  columns: [
    ...['window', 'start_char', 'end_char'].map((name) => ({ name, type: 'int64' as const })),
    { name: 'id', type: 'utf8' },
  ],
  windowed: true,
  output: OUTPUT,
  rowCount: 4,
  stored: OUTPUT,
  long: 'split',
  normalize: false,
};
const KEPT: readonly KeptColumns[] = [
  { rows: Uint32Array.of(4, 5), ids: [null, null], columns: { id: ['"d"', '"e"'] } },
  { rows: Uint32Array.of(7), ids: [null], columns: { id: ['"g"'] } },
];

/** A segment of passages `[row, number, count]`; window n of row r lies at 10 n, has n + 1 tokens and the vector `[r + n / 10]`. */
function segment(seq: number, found: readonly (readonly [number, number, number])[]): StoredResults {
  return {
    ...{ window: 0, seq, batches: [seq], tokens: 0, paddedTokens: 0, refused: [], sha256: '' },
    rows: Uint32Array.from(found, ([row]) => row),
    values: vectorBytes(found.map(([row, number]) => row + number / 10)).buffer,
    passages: packPassages(
      found.map(([, number, count]) => ({
        number,
        count,
        start: 10 * number,
        end: 10 * number + 12,
        tokens: number + 1,
      })),
    ),
  };
}

const SEGMENTS = [
  segment(0, [
    [5, 2, 3],
    [5, 0, 3],
    [7, 0, 1],
  ]),
  segment(1, [
    [4, 0, 1],
    [5, 1, 3],
  ]),
];
const nobody = new Set<number>();

describe('passageResults', () => {
  test('gives the windows of each row in order, with their places and what is kept of the row', () => {
    const { rows, kept, values } = passageResults(WINDOW, SEGMENTS, KEPT, nobody, SCHEMA);
    expect([...rows]).toEqual([4, 5, 5, 5, 7]);
    expect(kept).toEqual({
      window: ['0', '0', '1', '2', '0'],
      start_char: ['0', '0', '10', '20', '0'],
      end_char: ['12', '12', '22', '32', '12'],
      id: ['"d"', '"e"', '"e"', '"e"', '"g"'],
    });
    expect([...new Float32Array(values.buffer)]).toEqual([...Float32Array.of(4, 5, 5.1, 5.2, 7)]);
  });

  test('leaves out all windows of a row in quarantine', () => {
    const { rows } = passageResults(WINDOW, SEGMENTS, KEPT, new Set([5]), SCHEMA);
    expect([...rows]).toEqual([4, 7]);
  });

  test('pools them to one', () => {
    const schema: StoredSchema = {
      ...SCHEMA,
      columns: [{ name: 'id', type: 'utf8' }],
      windowed: false,
      long: 'pool',
    };
    const { rows, kept, values } = passageResults(WINDOW, SEGMENTS, KEPT, nobody, schema);
    expect([...rows]).toEqual([4, 5, 7]);
    expect(kept).toEqual({ id: ['"d"', '"e"', '"g"'] });
    expect(new Float32Array(values.buffer)[1]).toBeCloseTo((1 * 5 + 2 * 5.1 + 3 * 5.2) / 6, 6);
  });

  test.each([
    [
      'a window that is missing',
      [SEGMENTS[0]!, segment(1, [[4, 0, 1]])],
      /row 5, which lacks window 1 of its 3/,
    ],
    [
      'the last one missing',
      [
        segment(0, [
          [5, 0, 3],
          [5, 1, 3],
          [7, 0, 1],
          [4, 0, 1],
        ]),
      ],
      /lacks window 2 of its 3/,
    ],
    ['one that is there twice', [...SEGMENTS, segment(2, [[7, 0, 1]])], /row 7, which has more than its 1/],
    ['a row without any', [SEGMENTS[0]!, segment(1, [[5, 1, 3]])], /row 4, which has neither/],
    ['a foreign row', [...SEGMENTS, segment(2, [[9, 0, 1]])], /row 9, which has results/],
  ])('notices %s', (_, segments, message) => {
    expect(() => passageResults(WINDOW, segments, KEPT, nobody, SCHEMA)).toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringMatching(message) }),
    );
  });
});
