import type { ApiFault, RowErrorCode } from '../core/quarantine.ts';
import { clipText } from './clip-text.ts';
import { keptValue } from './kept-value.ts';
import type { SourceRow } from './source-format.ts';

export type RowFault = { readonly code: RowErrorCode; readonly message: string; readonly api?: ApiFault };

/** Why the value of a text column cannot be a task's text; null when it can. */
export function textFault(row: SourceRow, index: number): RowFault | null {
  const value = row.values[index];
  if (typeof value === 'string' && hasText(value)) return null;
  const column = `column ${JSON.stringify(row.columns[index])}`;
  if (typeof value === 'string') {
    const is = value === '' ? 'empty' : 'white space only';
    return { code: 'ROW_EMPTY', message: `${placeOf(row)} has no text: ${column} is ${is}` };
  }
  if (value === undefined) return { code: 'ROW_COLUMN_MISSING', message: `${placeOf(row)} has no ${column}` };
  if (value === null) return { code: 'ROW_EMPTY', message: `${placeOf(row)} has no text: ${column} is null` };
  const text = clipText(keptValue(row, index).text ?? '');
  return {
    code: 'ROW_NOT_TEXT',
    message: `${placeOf(row)}: ${column} holds ${kindOf(value)}, not a string: ${text}; convert it to a string first`,
  };
}

/** Most texts begin with a printable character of ASCII: a look at it takes a tenth of the search. */
function hasText(value: string): boolean {
  const first = value.charCodeAt(0);
  return (first > 0x20 && first < 0x7f) || /\S/.test(value);
}

/** `line 12`, or what the row says itself. */
export function placeOf(row: SourceRow): string {
  return row.place ?? `line ${row.line}`;
}

/**
 * A row's id as text: strings as they are (a lone surrogate becomes U+FFFD), numbers and booleans as in the source.
 * Null when it has none: absent, null, empty (CSV cannot tell these apart), or no scalar.
 */
export function idOf(row: SourceRow, index: number): string | null {
  const value = row.values[index];
  if (typeof value === 'string') return value === '' ? null : value.toWellFormed();
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? keptValue(row, index).text
    : null;
}

/** What is wrong with an id column for which `idOf` found nothing. */
export function idFault(row: SourceRow, index: number): RowFault {
  const value = row.values[index];
  const column = `column ${JSON.stringify(row.columns[index])}`;
  const reason =
    value === undefined
      ? `has no ${column}`
      : `has no id: ${column} ${value === '' ? 'is empty' : `holds ${value === null ? 'null' : kindOf(value)}`}`;
  return { code: 'ROW_ID_MISSING', message: `${placeOf(row)} ${reason}` };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
