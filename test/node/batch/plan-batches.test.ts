import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planBatches } from '../../../src/batch/plan-batches.ts';
import type { Batching, TensorBounds } from '../../../src/core/batching.ts';

const lengthsArbitrary = fc
  .array(fc.integer({ min: 1, max: 600 }), { maxLength: 300 })
  .map((lengths) => Uint32Array.from(lengths));
const batchingArbitrary = fc.record({
  budgetTokens: fc.integer({ min: 1, max: 5000 }),
  runCostTokens: fc.integer({ min: 0, max: 500 }),
});
/** So costly a run that batches are as full as they can be. */
const full = (budgetTokens: number): Batching => ({ budgetTokens, runCostTokens: 1e9 });

describe('planBatches', () => {
  test('puts every example into exactly one batch', () => {
    fc.assert(
      fc.property(lengthsArbitrary, batchingArbitrary, (lengths, batching) => {
        const planned = planBatches(lengths, batching).flatMap((plan) => [...plan.examples]);
        expect(planned.toSorted((a, b) => a - b)).toEqual([...lengths.keys()]);
      }),
    );
  });

  test('keeps every batch of more than one row within the budget', () => {
    fc.assert(
      fc.property(lengthsArbitrary, batchingArbitrary, (lengths, batching) => {
        const tooLarge = planBatches(lengths, batching).filter(
          ({ examples, paddedLength }) =>
            examples.length > 1 && examples.length * paddedLength > batching.budgetTokens,
        );
        expect(tooLarge).toEqual([]);
      }),
    );
  });

  test('keeps every tensor of a batch of more than one row within its bound', () => {
    const boundsArbitrary = fc.record({
      maxTensorBytes: fc.integer({ min: 1, max: 2 ** 24 }),
      heads: fc.integer({ min: 0, max: 16 }),
      hidden: fc.integer({ min: 0, max: 1024 }),
      intermediate: fc.integer({ min: 0, max: 4096 }),
    });
    fc.assert(
      fc.property(lengthsArbitrary, batchingArbitrary, boundsArbitrary, (lengths, batching, bounds) => {
        const tooLarge = planBatches(lengths, { ...batching, bounds }).filter(
          ({ examples, paddedLength }) => {
            const rows = examples.length;
            const tensors = [
              rows * bounds.heads * paddedLength * paddedLength,
              rows * paddedLength * bounds.intermediate,
              rows * paddedLength * bounds.hidden,
            ];
            return rows > 1 && 4 * Math.max(...tensors) > bounds.maxTensorBytes;
          },
        );
        expect(tooLarge).toEqual([]);
      }),
    );
  });

  test('fills a batch up to the bound on tensors, and runs a row alone that exceeds it by itself', () => {
    const plan = (lengths: readonly number[], bounds: TensorBounds) =>
      planBatches(Uint32Array.from(lengths), { ...full(1e9), bounds }).map(({ examples }) => examples.length);
    const bounds = { maxTensorBytes: 4 * 2 * 100 * 100 * 3, heads: 2, hidden: 10, intermediate: 40 };
    // Three rows' attention scores; the row of 200 tokens has more than that.
    expect(plan([200, 100, 100, 100, 100], bounds)).toEqual([1, 3, 1]);
    expect(plan([100, 100, 100, 100], { ...bounds, heads: 0, intermediate: 0 })).toEqual([4]);
    expect(plan([100, 100, 100, 100], { ...bounds, heads: 0, intermediate: 300 })).toEqual([2, 2]);
    expect(plan([100, 100, 100, 100], { ...bounds, heads: 0, hidden: 600 })).toEqual([1, 1, 1, 1]);
    expect(plan([100, 100, 100, 100], { ...bounds, heads: 0, hidden: 0, intermediate: 0 })).toEqual([4]);
  });

  test('is the cheapest of all cuts of the sorted rows', () => {
    const few = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 });
    const batchings = fc.record({
      budgetTokens: fc.integer({ min: 1, max: 120 }),
      runCostTokens: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(few, batchings, (lengths, batching) => {
        const plans = planBatches(Uint32Array.from(lengths), batching);
        const planned = plans.map(({ examples, paddedLength }) => examples.length * paddedLength);
        const cost = planned.reduce((sum, tokens) => sum + tokens + batching.runCostTokens, 0);
        expect(cost).toBe(
          leastCost(
            lengths.toSorted((a, b) => b - a),
            batching,
          ),
        );
      }),
    );
  });

  test('needs no more runs than full batches would where a run costs most', () => {
    fc.assert(
      fc.property(lengthsArbitrary, fc.integer({ min: 1, max: 5000 }), (lengths, budgetTokens) => {
        let runs = 0;
        const sorted = lengths.toSorted().reverse();
        for (let start = 0; start < sorted.length; runs++)
          start += Math.max(1, Math.floor(budgetTokens / sorted[start]!));
        expect(planBatches(lengths, full(budgetTokens)).length).toBe(runs);
      }),
    );
  });

  test('pads each batch to its longest row and no further', () => {
    fc.assert(
      fc.property(lengthsArbitrary, batchingArbitrary, (lengths, batching) => {
        for (const { examples, paddedLength } of planBatches(lengths, batching)) {
          expect(Math.max(...[...examples].map((example) => lengths[example]!))).toBe(paddedLength);
        }
      }),
    );
  });

  test('goes from long to short, rows of equal length in input order, batches numbered from 0', () => {
    fc.assert(
      fc.property(lengthsArbitrary, batchingArbitrary, (lengths, batching) => {
        const plans = planBatches(lengths, batching);
        const expected = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!);
        expect(plans.flatMap((plan) => [...plan.examples])).toEqual(expected);
        expect(plans.map((plan) => plan.ordinal)).toEqual([...plans.keys()]);
      }),
    );
  });

  test('is the same plan every time', () => {
    fc.assert(
      fc.property(lengthsArbitrary, batchingArbitrary, (lengths, batching) => {
        expect(planBatches(lengths.slice(), batching)).toEqual(planBatches(lengths, batching));
      }),
    );
  });

  // The plan is part of a stored job: a resume by a newer version has to make the same one.
  test('makes the plan that earlier versions made', () => {
    const plans = planBatches(Uint32Array.of(3, 9, 3, 5, 1, 9, 20), { budgetTokens: 20, runCostTokens: 3 });
    expect(plans.map(({ examples, paddedLength }) => [[...examples], paddedLength])).toEqual([
      [[6], 20],
      [[1, 5], 9],
      [[3], 5],
      [[0, 2, 4], 3],
    ]);
  });

  test('runs a row longer than the budget alone', () => {
    expect(planBatches(Uint32Array.of(2, 50, 2), full(10)).map((plan) => [...plan.examples])).toEqual([
      [1],
      [0, 2],
    ]);
  });

  test('has at most 4096 rows in a batch, however short they are', () => {
    const plans = planBatches(new Uint32Array(9000).fill(1), full(1_000_000));
    expect(plans.map((plan) => plan.examples.length)).toEqual([4096, 4096, 808]);
  });

  test('counts the rows that an example stands for', () => {
    const rowCounts = Uint32Array.of(1000, 1, 4096, 3000, 1096, 1);
    const plans = planBatches(new Uint32Array(6).fill(5), full(1_000_000), rowCounts);
    expect(plans.map((plan) => [...plan.examples])).toEqual([[0, 1], [2], [3, 4], [5]]);
  });

  test('has little filler where many rows have like lengths', () => {
    const lengths = Uint32Array.from({ length: 8192 }, (_, row) => 8 + ((row * 7919) % 120));
    let filler = 0;
    let total = 0;
    for (const { examples, paddedLength } of planBatches(lengths, {
      budgetTokens: 16_384,
      runCostTokens: 1024,
    })) {
      total += examples.length * paddedLength;
      for (const example of examples) filler += paddedLength - lengths[example]!;
    }
    expect(filler / total).toBeLessThan(0.05);
  });

  test('plans nothing for a window without examples', () => {
    expect(planBatches(new Uint32Array(0), full(100))).toEqual([]);
  });
});

/** By trying every cut. */
function leastCost(sorted: readonly number[], { budgetTokens, runCostTokens }: Batching): number {
  let least = sorted.length === 0 ? 0 : Infinity;
  for (let rows = 1; rows <= sorted.length; rows++) {
    const tokens = rows * sorted[0]!;
    if (rows > 1 && tokens > budgetTokens) break;
    const rest = leastCost(sorted.slice(rows), { budgetTokens, runCostTokens });
    least = Math.min(least, tokens + runCostTokens + rest);
  }
  return least;
}
