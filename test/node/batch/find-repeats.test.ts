import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExampleIndex } from '../../../src/batch/example-index.ts';
import { oneRowEach } from '../../../src/batch/example-rows.ts';
import { findRepeats } from '../../../src/batch/find-repeats.ts';
import type { WindowExamples } from '../../../src/batch/gather-batch.ts';
import { hashExamples } from '../../../src/batch/hash-examples.ts';
import { MAX_ROWS } from '../../../src/batch/plan-batches.ts';
import { planWindow } from '../../../src/batch/plan-window.ts';

type Text = readonly number[];

function windowOf(texts: readonly Text[], before = 0): WindowExamples {
  const starts = Uint32Array.from(texts, () => 0);
  for (let i = 0, at = before; i < texts.length; at += texts[i++]!.length) starts[i] = at;
  return {
    tokenIds: Int32Array.from([...Array<number>(before).fill(9), ...texts.flat()]),
    lengths: Uint32Array.from(texts, (text) => text.length),
    starts,
  };
}

/** The windows of a job one after the other: where each text repeats an earlier one, as `window:row`, or `-`. */
function repeatsOf(index: ExampleIndex, windows: readonly (readonly Text[])[], first = 0): string[][] {
  let row = 0;
  return windows.map((texts, ordinal) => {
    const rows = oneRowEach(Uint32Array.from(texts, () => row++));
    const { repeats, fresh, unknown } = findRepeats(index, ordinal, windowOf(texts), rows);
    if (ordinal >= first) index.add(ordinal, unknown);
    const found = texts.map(() => '-');
    for (const repeat of repeats) found[repeat.example] = `${repeat.window}:${repeat.row}`;
    expect([...fresh]).toEqual([...found.keys()].filter((example) => found[example] === '-'));
    return found;
  });
}

const [A, B, C, D] = [[1], [1, 1], [2, 3, 4, 5, 6], [5, 4, 3]] as const;

describe('hashExamples', () => {
  test('depends on the tokens and their order alone, wherever they stand', () => {
    const texts = [[], [0], [0, 0], [1, 2], [2, 1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 6], [1, 2, 3, 4, 5, 0]];
    const [here, there] = [0, 3].map((before) => [...hashExamples(windowOf(texts, before))!]);
    expect(here).toEqual(there);
    const hashes = texts.map((_, i) => here!.slice(i * 4, i * 4 + 4).join());
    expect(new Set(hashes).size).toBe(texts.length);
    for (let word = 0; word < 4; word++)
      expect(new Set(texts.slice(1).map((_, i) => here![(i + 1) * 4 + word])).size).toBe(texts.length - 1);
  });

  test('has no word twice in a hundred thousand texts more often than chance has it', () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => [101, i % 317, Math.floor(i / 317), 102]);
    const hashes = hashExamples(windowOf(texts))!;
    for (let word = 0; word < 4; word++) {
      const seen = new Set(texts.map((_, i) => hashes[i * 4 + word]));
      // About one pair by chance.
      expect(texts.length - seen.size).toBeLessThan(12);
    }
  });

  test('is not for examples without tokens', () => {
    expect(hashExamples({ ...windowOf([A]), tokenIds: new Int32Array(0) })).toBeNull();
  });
});

describe('findRepeats', () => {
  test('finds what an earlier window has, and where it was met first', () => {
    const windows = [[A, B], [B, C], [C, A, D, B], [D]];
    expect(repeatsOf(new ExampleIndex(undefined, 1), windows)).toEqual([
      ['-', '-'],
      ['0:1', '-'],
      ['1:3', '0:0', '-', '0:1'],
      ['2:6'],
    ]);
  });

  test('answers for a window as it did when the windows behind it were not known yet', () => {
    const text = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 });
    const windows = fc.array(fc.uniqueArray(text, { maxLength: 20, selector: String }), { maxLength: 8 });
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: 60 }), (texts, most) => {
        const index = new ExampleIndex(most, 1);
        const first = repeatsOf(index, texts);
        // All windows are in the index now, and nothing is added: as a resume finds them.
        expect(repeatsOf(index, texts, Infinity)).toEqual(first);
      }),
    );
  });

  test('compares with what it has when it is full', () => {
    const index = new ExampleIndex(2, 1);
    expect(repeatsOf(index, [[A], [B, C], [C, B, A]])).toEqual([['-'], ['-', '-'], ['-', '1:1', '0:0']]);
    expect(index.size).toBe(2);
  });

  test('needs the results of 32 earlier windows at most: those that most repeats are of', () => {
    const texts = Array.from({ length: 40 }, (_, i) => [[i, 1] as const, [i, 2] as const]);
    const last = [...texts.map(([one]) => one!), ...texts.slice(0, 3).map(([, two]) => two!)];
    const found = repeatsOf(new ExampleIndex(undefined, 1), [...texts, last]).at(-1)!;
    const needed = new Set(found.filter((text) => text !== '-').map((text) => Number(text.split(':')[0])));
    expect([...needed].sort((a, b) => a - b)).toEqual([
      ...[0, 1, 2],
      ...Array.from({ length: 29 }, (_, i) => 11 + i),
    ]);
    expect(found.filter((text) => text === '-').length).toBe(8);
  });

  test('leaves repeats of an earlier window to be run when they are too few to read its results back', () => {
    const first = Array.from({ length: 40 }, (_, i) => [0, i]);
    const index = new ExampleIndex();
    repeatsOf(index, [first]);
    const repeatsOfFirst = (count: number) => {
      const texts = [...first.slice(0, count), [1, count]];
      const rows = oneRowEach(Uint32Array.from(texts, (_, i) => 100 + i));
      return findRepeats(index, 1, windowOf(texts), rows);
    };
    expect(repeatsOfFirst(31)).toMatchObject({
      repeats: [],
      fresh: Uint32Array.from({ length: 32 }, (_, i) => i),
    });
    expect(repeatsOfFirst(32)).toMatchObject({ repeats: { length: 32 }, fresh: Uint32Array.of(32) });
  });

  test('grows over many windows and still finds all', () => {
    const windows = Array.from({ length: 20 }, (_, w) => Array.from({ length: 500 }, (__, i) => [w, i]));
    const index = new ExampleIndex(undefined, 1);
    repeatsOf(index, windows);
    expect(index.size).toBe(10_000);
    const again = Array.from({ length: 20 }, (_, w) => [w, 7 * w]);
    const rows = oneRowEach(Uint32Array.from(again, (_, i) => 10_000 + i));
    const { repeats } = findRepeats(index, 20, windowOf(again), rows);
    expect(repeats.map(({ window, row }) => [window, row])).toEqual(
      again.map((_, w) => [w, 500 * w + 7 * w]),
    );
  });
});

describe('planWindow', () => {
  test('has each example once: those to run first, then the others, as many rows at once as can be stored', () => {
    const lengths = Uint32Array.from({ length: 10_000 }, (_, i) => 1 + (i % 50));
    const rows = oneRowEach(Uint32Array.from(lengths.keys()));
    const isRepeat = (example: number) => example % 10 !== 0;
    const fresh = Uint32Array.from(lengths.keys()).filter((example) => !isRepeat(example));
    const repeats = [...lengths.keys()]
      .filter(isRepeat)
      .map((example) => ({ example, window: 0, row: example }));
    const plans = planWindow(lengths, rows, { fresh, repeats }, { budgetTokens: 2000, runCostTokens: 10 });
    expect(plans.map(({ ordinal }) => ordinal)).toEqual([...plans.keys()]);
    const firstRepeat = plans.findIndex((plan) => plan.repeats !== undefined);
    expect(plans.slice(firstRepeat).every((plan) => plan.repeats !== undefined)).toBe(true);
    expect(plans.slice(firstRepeat).map(({ examples }) => examples.length)).toEqual([
      MAX_ROWS,
      MAX_ROWS,
      808,
    ]);
    for (const plan of plans) {
      for (const [place, example] of plan.examples.entries()) {
        expect(isRepeat(example)).toBe(plan.repeats !== undefined);
        expect(lengths[example]!).toBeLessThanOrEqual(plan.paddedLength);
        if (plan.repeats !== undefined) expect(plan.repeats[place]).toEqual({ window: 0, row: example });
      }
    }
    const planned = plans.flatMap(({ examples }) => [...examples]).sort((a, b) => a - b);
    expect(planned).toEqual([...lengths.keys()]);
  });
});
