import { VALUE_KIND } from '../core/chunk.ts';
import { jsonSourceText } from './json-source-text.ts';
import type { SourceRow } from './source-format.ts';

export type KeptValue = {
  /** JSON text; null where the row does not have the column, or it holds a picture. */
  readonly text: string | null;
  /** One bit of `VALUE_KIND`; 0 where the row does not have the column. */
  readonly kind: number;
};

const ABSENT: KeptValue = { text: null, kind: 0 };
const NULL: KeptValue = { text: 'null', kind: VALUE_KIND.null };
const TRUE: KeptValue = { text: 'true', kind: VALUE_KIND.bool };
const FALSE: KeptValue = { text: 'false', kind: VALUE_KIND.bool };

/**
 * A value as the output carries it. Numbers that JavaScript would round to another integer (beyond 2^53, so also
 * 64-bit ids) and objects keep the text that they have in the source; such
 * integers count as `exact`.
 * A lone surrogate in a string stays as its `\ud83d` escape.
 */
export function keptValue(row: SourceRow, index: number): KeptValue {
  const value = row.values[index];
  if (typeof value === 'string') return { text: JSON.stringify(value), kind: VALUE_KIND.string };
  if (typeof value === 'number') return keptNumber(row, index, value);
  if (typeof value === 'bigint') return { text: String(value), kind: VALUE_KIND.exact };
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  if (value === undefined || value instanceof Uint8Array) return ABSENT;
  return value === null ? NULL : { text: exact(row, index), kind: VALUE_KIND.object };
}

function keptNumber(row: SourceRow, index: number, value: number): KeptValue {
  if (Number.isSafeInteger(value)) return { text: String(value), kind: VALUE_KIND.int };
  const rounded = Number.isInteger(value) || !Number.isFinite(value);
  if (rounded) return { text: exact(row, index), kind: VALUE_KIND.exact };
  return { text: String(value), kind: VALUE_KIND.float };
}

function exact(row: SourceRow, index: number): string {
  return (
    (row.json === null ? null : jsonSourceText(row.json, row.columns[index]!)) ??
    JSON.stringify(row.values[index])
  );
}
