/** A batch that was run: its padded tokens, and how long it took. */
export type TimedBatch = { readonly tokens: number; readonly ms: number };

/** What a run takes beside its tokens, and what each token adds. */
export type RunTimes = { readonly runMs: number; readonly tokenMs: number };

/**
 * Fits time = run + token x tokens by least squares of the relative errors, as clocks and machines err by shares and the
 * largest batch would decide alone otherwise. Null where the times do not rise with the tokens.
 */
export function fitRunTimes(batches: readonly TimedBatch[]): RunTimes | null {
  let sum = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  for (const { tokens, ms } of batches) {
    const weight = 1 / (ms * ms);
    sum += weight;
    sumX += weight * tokens;
    sumY += weight * ms;
    sumXX += weight * tokens * tokens;
    sumXY += weight * tokens * ms;
  }
  const tokenMs = (sum * sumXY - sumX * sumY) / (sum * sumXX - sumX * sumX);
  const runMs = (sumY - tokenMs * sumX) / sum;
  return Number.isFinite(runMs) && tokenMs > 0 ? { runMs, tokenMs } : null;
}
