import { describe, expect, test } from 'vitest';
import { packPassages } from '../../../src/core/passage.ts';
import { RowTally } from '../../../src/pipeline/row-tally.ts';
import { testReject } from '../../support/test-job.ts';

/** Results of these passages, as `[row, number]`, and refusals of those. */
function result(
  found: readonly (readonly [number, number])[],
  refused: readonly (readonly [number, number])[] = [],
) {
  return {
    rows: Uint32Array.from(found, ([row]) => row),
    passages: packPassages(found.map(([, number]) => ({ number, count: 3, start: 0, end: 1, tokens: 1 }))),
    refused: refused.map(([row, number]) => testReject(row, { message: `window ${number}` })),
    refusedPassages: refused.map(([, number]) => number),
  };
}

const messages = (records: readonly { readonly message: string }[]) => records.map(({ message }) => message);

describe('RowTally', () => {
  test('counts a row once, with its first passage', () => {
    const tally = new RowTally();
    expect(
      tally.add(
        result([
          [7, 1],
          [7, 2],
          [8, 0],
        ]),
      ),
    ).toEqual({ embedded: 1, refused: 0, records: [] });
    expect(tally.add(result([[7, 0]]))).toMatchObject({ embedded: 1, refused: 0 });
    expect(tally.embedded).toBe(2);
  });

  test('takes a row away that turns out to be refused, and does not count it again', () => {
    const tally = new RowTally();
    tally.add(
      result([
        [7, 0],
        [8, 0],
      ]),
    );
    expect(tally.add(result([], [[7, 2]]))).toMatchObject({ embedded: -1, refused: 1 });
    expect(tally.add(result([[7, 1]], [[8, 1]]))).toMatchObject({ embedded: -1, refused: 1 });
    expect(tally.embedded).toBe(0);
  });

  test('keeps the refusal of the first passage, in whatever order they come', () => {
    const tally = new RowTally();
    expect(messages(tally.add(result([], [[7, 2]])).records)).toEqual(['window 2']);
    const earlier = tally.add(result([[7, 0]], [[7, 1]]));
    expect([earlier.embedded, earlier.refused, messages(earlier.records)]).toEqual([0, 0, ['window 1']]);
    expect(tally.add(result([], [[7, 2]])).records).toEqual([]);
  });

  test('goes on from what is stored', () => {
    const tally = new RowTally();
    const batch = result(
      [
        [7, 0],
        [8, 0],
      ],
      [[9, 1]],
    );
    tally.addStored({
      ...batch,
      refused: [9],
      ...{
        window: 0,
        seq: 0,
        batches: [0],
        values: new ArrayBuffer(0),
        tokens: 0,
        paddedTokens: 0,
        sha256: '',
      },
    });
    expect(
      tally.add(
        result(
          [[9, 0]],
          [
            [8, 1],
            [9, 2],
          ],
        ),
      ),
    ).toMatchObject({ embedded: -1, refused: 1 });
    expect(tally.embedded).toBe(1);
  });

  test('counts whole rows as they come', () => {
    const rows = { rows: Uint32Array.of(1, 2), refused: [testReject(3)] };
    expect(new RowTally().add(rows)).toEqual({ embedded: 2, refused: 1, records: rows.refused });
  });
});
