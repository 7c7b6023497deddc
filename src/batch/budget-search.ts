import type { Batching } from '../core/batching.ts';
import type { SearchRange } from './default-batching.ts';
import { fitRunTimes, type TimedBatch } from './fit-run-times.ts';

/** A larger budget must be so much faster, or it does not pay: small batches pad less and lose less at a kill. */
const LEAST_GAIN = 1.04;
/** Doublings in a row without that gain, before the search takes it that no more will come: one may be a disturbance. */
const FLAT_DOUBLINGS = 2;
/** A size is timed until its runs took so long together, so that a coarse clock does; the least of them counts. */
const ENOUGH_MS = 30;
const MAX_TIMED_RUNS = 4;
/** No clock tells less. */
const LEAST_MS = 0.001;
/** A warm-up compiles kernels, and may take so many times as long as a batch may. */
const MAX_WARM_UP = 10;
/** Runs of the next size that the allowance must have room for: one to warm up, one timed. */
const LEAST_RUNS = 2;
/** Sizes that it takes to tell the cost of a run from chance. */
const LEAST_SIZES = 3;
const LEAST_RUN_COST = 8;
/**
 * A run that is timed alone seems to cost more than it does, as most of it is done while the device works on others. So
 * many tokens at the most keep the filler of real text below 1 % of a large window; 256 would take 1.8 %, 1024 5 %.
 */
export const MOST_RUN_COST = 128;

export type BudgetSearchOptions = SearchRange & {
  /** Most padded tokens that a batch of the job can have. */
  readonly largestTokens: number;
  /** Padded tokens that all runs of the search may have together. */
  readonly allowanceTokens: number;
  /** How long the search may take. */
  readonly allowanceMs: number;
  /** Clock in milliseconds. */
  readonly now: () => number;
};

/**
 * Why a search ended: larger budgets are not faster, take too long, do not fit into memory or into one batch of this job,
 * or the search had used up what it was allowed.
 */
export type SearchEnd = 'flat' | 'slow' | 'memory' | 'largest' | 'allowance';

export type FoundBudget = Batching & {
  readonly end: SearchEnd;
  /** The largest budget that was measured. */
  readonly triedTokens: number;
};

/**
 * Looks for the token budget at which a device is fastest, by doubling it. A policy: whoever drives it runs a batch of
 * `budgetTokens` between `begin` and `finish`, one at a time, until there is no budget to try any more.
 */
export class BudgetSearch {
  readonly #options: BudgetSearchOptions;
  #startedAt: number | null = null;
  readonly #sizes: (TimedBatch & { readonly budgetTokens: number })[] = [];
  #budgetTokens: number;
  #end: SearchEnd | null = null;
  #runs = 0;
  #runBeganAt = 0;
  #timedMs = 0;
  #leastMs = Infinity;
  #spentTokens = 0;
  #flat = 0;
  #bestRate = 0;

  constructor(options: BudgetSearchOptions) {
    this.#options = options;
    this.#budgetTokens = options.startTokens;
  }

  /** Whether the job is large enough for two sizes at least, without which nothing is learnt. */
  get affordable(): boolean {
    const { startTokens, largestTokens, allowanceTokens } = this.#options;
    return 2 * startTokens <= largestTokens && LEAST_RUNS * 3 * startTokens <= allowanceTokens;
  }

  /** The budget to run next; null when the search is over. */
  get budgetTokens(): number | null {
    return this.#end === null ? this.#budgetTokens : null;
  }

  begin(): void {
    this.#runBeganAt = this.#options.now();
    this.#startedAt ??= this.#runBeganAt;
  }

  /** @param tokens padded tokens of the batch that was run */
  finish(tokens: number): void {
    const { now, maxBatchMs, allowanceTokens } = this.#options;
    const ms = now() - this.#runBeganAt;
    this.#spentTokens += tokens;
    this.#runs++;
    if (this.#runs === 1) {
      if (ms > MAX_WARM_UP * maxBatchMs) this.#endWith(tokens, ms, 'slow');
      return;
    }
    this.#timedMs += ms;
    this.#leastMs = Math.min(this.#leastMs, ms);
    const spent = this.#spentTokens + tokens > allowanceTokens;
    if (spent || this.#timedMs >= ENOUGH_MS || this.#runs > MAX_TIMED_RUNS)
      this.#decide(tokens, Math.max(this.#leastMs, LEAST_MS));
  }

  /** The batch of this budget did not fit into the device's memory. */
  outOfMemory(): void {
    this.#end = 'memory';
  }

  /** What was found. @param defaults for what was not measured */
  result(defaults: Batching): FoundBudget {
    const end = this.#end ?? 'allowance';
    const triedTokens = this.#sizes.at(-1)?.budgetTokens ?? 0;
    const budgetTokens = this.#chosen(end, defaults);
    return { budgetTokens, runCostTokens: this.#runCost(defaults, budgetTokens), end, triedTokens };
  }

  #decide(tokens: number, ms: number): void {
    const { maxBatchMs, largestTokens, allowanceTokens, allowanceMs, now } = this.#options;
    if (ms > maxBatchMs) return this.#endWith(tokens, ms, 'slow');
    const rate = tokens / ms;
    this.#flat = rate < this.#bestRate * LEAST_GAIN ? this.#flat + 1 : 0;
    this.#bestRate = Math.max(this.#bestRate, rate);
    if (this.#flat >= FLAT_DOUBLINGS) return this.#endWith(tokens, ms, 'flat');
    const next = this.#budgetTokens * 2;
    if (next > largestTokens) return this.#endWith(tokens, ms, 'largest');
    const spentMs = now() - this.#startedAt!;
    if (
      this.#spentTokens + LEAST_RUNS * next > allowanceTokens ||
      spentMs + LEAST_RUNS * 2 * ms > allowanceMs
    )
      return this.#endWith(tokens, ms, 'allowance');
    this.#record(tokens, ms);
    this.#budgetTokens = next;
    this.#runs = 0;
    this.#timedMs = 0;
    this.#leastMs = Infinity;
  }

  #record(tokens: number, ms: number): void {
    this.#sizes.push({ budgetTokens: this.#budgetTokens, tokens, ms });
  }

  #endWith(tokens: number, ms: number, end: SearchEnd): void {
    this.#record(tokens, ms);
    this.#end = end;
  }

  #chosen(end: SearchEnd, defaults: Batching): number {
    const { maxBatchMs, startTokens } = this.#options;
    const fast = this.#sizes.filter(({ ms }) => ms <= maxBatchMs);
    // The first one already was too slow, or too large: none is better than the smallest.
    if (fast.length === 0) return end === 'memory' ? Math.max(1, Math.floor(startTokens / 2)) : startTokens;
    const best = Math.max(...fast.map(({ tokens, ms }) => tokens / ms));
    const chosen = fast.find(({ tokens, ms }) => (tokens / ms) * LEAST_GAIN >= best)!;
    // It still rose when there was no time left: what suits the kind of device is the better guess, if it is quick enough.
    const cutShort = end === 'allowance' && chosen === fast.at(-1);
    if (!cutShort || defaults.budgetTokens <= chosen.budgetTokens) return chosen.budgetTokens;
    const times = fitRunTimes(this.#sizes) ?? { runMs: 0, tokenMs: chosen.ms / chosen.tokens };
    const ms = times.runMs + times.tokenMs * defaults.budgetTokens;
    return ms <= maxBatchMs ? defaults.budgetTokens : chosen.budgetTokens;
  }

  #runCost(defaults: Batching, budgetTokens: number): number {
    const times = this.#sizes.length < LEAST_SIZES ? null : fitRunTimes(this.#sizes);
    if (times === null) return defaults.runCostTokens;
    const most = Math.max(LEAST_RUN_COST, Math.min(MOST_RUN_COST, Math.floor(budgetTokens / 16)));
    return Math.min(most, Math.max(LEAST_RUN_COST, Math.round(times.runMs / times.tokenMs)));
  }
}
