import type { InputInspection, TokenLengths } from './input-inspection.ts';

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** How many rows there are: `about 12,345`, with what that comes from. */
export function totalWords({ totalRows, totalExact }: InputInspection): string {
  if (totalRows === null) return 'not known';
  return totalExact ? count.format(totalRows) : `about ${count.format(totalRows)}`;
}

/** Which rows were looked at. */
export function sampleWords({ sampled, sampleRows }: InputInspection): string {
  if (sampled === 'all') return 'all of them';
  const rows = count.format(sampleRows);
  return sampled === 'start' ? `the first ${rows}` : `${rows} from the beginning, the middle and the end`;
}

/** What becomes of texts that are longer than a row may be. */
export function truncatedWords({ truncated, rows, maxLength, windows }: TokenLengths): string {
  if (truncated === 0) return `none is longer than the ${count.format(maxLength)} tokens that are kept`;
  const share = count.format((100 * truncated) / rows);
  const are = truncated === 1 ? 'is' : 'are';
  if (windows !== undefined) {
    const all = windows.job === null ? '' : `, about ${count.format(windows.job)} in the whole job`;
    return `${count.format(truncated)} (${share}%) ${are} longer than the ${count.format(maxLength)} tokens of a window: ${count.format(windows.sample)} windows of these${all}`;
  }
  return `${count.format(truncated)} (${share}%) ${are} longer than the ${count.format(maxLength)} tokens that are kept, and will be cut`;
}

/** The middle, the mean and the ends of the lengths, in a line. */
export function lengthWords({ median, mean, p95, longest }: TokenLengths): string {
  return `median ${count.format(median)}, mean ${count.format(mean)}, 95% up to ${count.format(p95)}, longest ${count.format(longest)}`;
}
