import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BudgetSearch, type BudgetSearchOptions } from '../../../src/batch/budget-search.ts';

/** Milliseconds that a batch takes, or null when it does not fit. @param run counts the runs of its size from 0 */
type Device = (tokens: number, run: number) => number | null;

const DEFAULTS = { budgetTokens: 4096, runCostTokens: 99 };

const linear =
  (runMs: number, tokenMs: number): Device =>
  (tokens) =>
    runMs + tokenMs * tokens;

/** Drives a search on a device with a clock of its own. */
function runSearch(device: Device, change: Partial<BudgetSearchOptions> = {}) {
  let ms = 0;
  const search = new BudgetSearch({
    startTokens: 256,
    maxBatchMs: 200,
    largestTokens: 1e9,
    allowanceTokens: 1e9,
    allowanceMs: 1e9,
    now: () => ms,
    ...change,
  });
  const ran: number[] = [];
  for (let budget = search.budgetTokens; budget !== null; budget = search.budgetTokens) {
    search.begin();
    const took = device(budget, ran.filter((size) => size === budget).length);
    ran.push(budget);
    if (took === null) {
      search.outOfMemory();
      continue;
    }
    ms += took;
    search.finish(budget);
  }
  return { ran, sizes: [...new Set(ran)], ms, found: search.result(DEFAULTS) };
}

describe('BudgetSearch', () => {
  test('doubles until that gains nothing, and takes the smallest budget that is about as fast as any', () => {
    const { sizes, found } = runSearch(linear(5, 0.01), { maxBatchMs: 1000 });
    // 97.0 % of the full rate, then 98.5 %, then 99.2 %.
    expect(sizes).toEqual([256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768]);
    expect(found).toEqual({ budgetTokens: 16_384, runCostTokens: 128, end: 'flat', triedTokens: 32_768 });
  });

  test('takes a small one where large ones are no faster, as on a CPU', () => {
    const { sizes, found } = runSearch(linear(0.2, 1 / 50), { maxBatchMs: 1000 });
    expect(sizes).toEqual([256, 512, 1024]);
    expect(found).toMatchObject({ budgetTokens: 256, runCostTokens: 10, end: 'flat' });
  });

  test('takes none that is slower than a batch may be, though it gains', () => {
    const { found, sizes } = runSearch(linear(50, 0.1));
    expect(sizes.at(-1)).toBe(2048);
    expect(found).toMatchObject({ budgetTokens: 1024, end: 'slow', triedTokens: 2048 });
  });

  test('takes the first where even that is too slow, after one timed run', () => {
    const { found, ran } = runSearch(linear(900, 1));
    expect(ran).toEqual([256, 256]);
    expect(found).toMatchObject({ budgetTokens: 256, runCostTokens: 99, end: 'slow' });
  });

  test('does not time what takes seconds to warm up', () => {
    const { found, ran } = runSearch(linear(2500, 0));
    expect(ran).toEqual([256]);
    expect(found).toMatchObject({ budgetTokens: 256, end: 'slow' });
  });

  test('takes half of what does not fit into memory', () => {
    const fits = (most: number) => (tokens: number) => (tokens > most ? null : 40 + tokens / 100);
    expect(runSearch(fits(2048)).found).toMatchObject({
      budgetTokens: 2048,
      end: 'memory',
      triedTokens: 2048,
    });
    expect(runSearch(fits(0)).found).toMatchObject({ budgetTokens: 128, end: 'memory', runCostTokens: 99 });
  });

  test('is not ended by one size that was disturbed', () => {
    const disturbed: Device = (tokens) => (5 + 0.01 * tokens) * (tokens === 1024 ? 3 : 1);
    expect(runSearch(disturbed, { maxBatchMs: 1000 }).found.budgetTokens).toBe(16_384);
  });

  test('leaves out the first run of each size, which compiles', () => {
    const compiling: Device = (tokens, run) => 5 + 0.01 * tokens + (run === 0 ? 150 : 0);
    expect(runSearch(compiling, { maxBatchMs: 1000 }).found.budgetTokens).toBe(16_384);
  });

  test('times a short batch several times, and takes the least', () => {
    const jumpy: Device = (tokens, run) => 1 + tokens / 1000 + (run === 2 ? 0 : 3);
    const { ran, found } = runSearch(jumpy, { maxBatchMs: 1000 });
    expect(ran.filter((size) => size === 256)).toHaveLength(5);
    expect(found.runCostTokens).toBe(128);
  });

  test('stops when it may spend no more, and then trusts the usual budget more than its last', () => {
    const { ran, found } = runSearch(linear(20, 0.01), { allowanceTokens: 5000 });
    expect(ran.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(5000);
    expect(found).toMatchObject({ budgetTokens: 4096, end: 'allowance', triedTokens: 1024 });
  });

  test('but not when the usual budget would be too slow', () => {
    const { found } = runSearch(linear(20, 0.06), { allowanceTokens: 4000 });
    expect(found).toMatchObject({ budgetTokens: 1024, end: 'allowance' });
  });

  test('stops when there is no time left', () => {
    const { ms, found } = runSearch(linear(60, 0.01), { allowanceMs: 500 });
    expect(ms).toBeLessThanOrEqual(500);
    expect(found.end).toBe('allowance');
  });

  test('tries no batch that the job cannot have', () => {
    const { sizes, found } = runSearch(linear(20, 0.001), { largestTokens: 2000 });
    expect(sizes).toEqual([256, 512, 1024]);
    expect(found).toMatchObject({ budgetTokens: 1024, end: 'largest' });
  });

  test('knows before it starts whether the job is large enough', () => {
    const affordable = (allowanceTokens: number, largestTokens = 1e9) =>
      new BudgetSearch({
        ...{ startTokens: 256, maxBatchMs: 1, allowanceMs: 1, now: () => 0 },
        ...{ allowanceTokens, largestTokens },
      }).affordable;
    // Two runs each of 256 and of 512.
    expect([affordable(1535), affordable(1536), affordable(1536, 511)]).toEqual([false, true, false]);
  });

  test('whatever the device does, it ends, spends no more than it may, and finds a budget that was quick enough', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 500, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 2_000_000 }),
        fc.integer({ min: 600, max: 2_000_000 }),
        fc.array(fc.double({ min: 0.3, max: 3, noNaN: true }), { minLength: 1 }),
        (runMs, tokenMs, memory, allowanceTokens, noise) => {
          let runs = 0;
          const took = new Map<number, number[]>();
          const device: Device = (tokens) => {
            if (tokens > memory) return null;
            const ms = (runMs + tokenMs * tokens) * noise[runs++ % noise.length]!;
            took.set(tokens, [...(took.get(tokens) ?? []), ms]);
            return ms;
          };
          const { ran, found } = runSearch(device, { allowanceTokens });
          expect(ran.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(allowanceTokens);
          expect(found.runCostTokens).toBeGreaterThanOrEqual(8);
          expect(found.runCostTokens).toBeLessThanOrEqual(128);
          const timed = took.get(found.budgetTokens)?.slice(1) ?? [];
          if (found.budgetTokens > 256 && timed.length > 0)
            expect(Math.min(...timed)).toBeLessThanOrEqual(200);
        },
      ),
    );
  });
});
