import type { InspectedImages, Spread } from '../core/input-inspection.ts';
import type { SourceRow } from './source-format.ts';

/** What is in a sample of pictures; nothing when there is none. */
export function inspectImages(rows: readonly SourceRow[]): { readonly images?: InspectedImages } {
  if (rows.length === 0) return {};
  const valuesOf = (column: string) => rows.map((row) => row.values[row.columns.indexOf(column)]);
  const spread = (column: string) => spreadOf(valuesOf(column).map(Number));
  const kinds = new Map<string, number>();
  for (const kind of valuesOf('format')) kinds.set(String(kind), (kinds.get(String(kind)) ?? 0) + 1);
  const images = {
    kinds: [...kinds].map(([name, count]) => ({ name, rows: count })).toSorted((a, b) => b.rows - a.rows),
    width: spread('width'),
    height: spread('height'),
    bytes: spread('bytes'),
  };
  return { images };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { least: sorted[0]!, median: sorted[sorted.length >> 1]!, most: sorted.at(-1)! };
}
