import { JobError } from '../../core/job-error.ts';
import type { ResultColumn } from '../../core/result-schema.ts';

const MAX_INT = 2 ** 53;

/** A kept value as its column's type says; throws `EXPORT_FAILED` when it does not fit. JSON's null is null. */
export type KeptDecoder<T> = (text: string, column: ResultColumn, row: number) => T | null;

function misfit(text: string, column: ResultColumn, row: number): JobError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new JobError(
    'EXPORT_FAILED',
    `Row ${row}: column "${column.name}" is ${column.type}, but holds ${shown}.`,
  );
}

function parse(text: string, column: ResultColumn, row: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw misfit(text, column, row);
  }
}

export const decodeInt64: KeptDecoder<bigint> = (text, column, row) => {
  const value = parse(text, column, row);
  if (value === null) return null;
  if (!Number.isInteger(value) || Math.abs(value as number) > MAX_INT) throw misfit(text, column, row);
  return BigInt(value as number);
};

export const decodeFloat64: KeptDecoder<number> = (text, column, row) => {
  const value = parse(text, column, row);
  if (value !== null && typeof value !== 'number') throw misfit(text, column, row);
  return value;
};

export const decodeBool: KeptDecoder<boolean> = (text, column, row) => {
  const value = parse(text, column, row);
  if (value !== null && typeof value !== 'boolean') throw misfit(text, column, row);
  return value;
};

export const decodeUtf8: KeptDecoder<string> = (text, column, row) => {
  // Most strings have nothing to unescape.
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"') && !text.includes('\\'))
    return text.slice(1, -1);
  const value = parse(text, column, row);
  if (value !== null && typeof value !== 'string') throw misfit(text, column, row);
  return value;
};

/** The JSON text itself. */
export const decodeJson: KeptDecoder<string> = (text) => (text.trim() === 'null' ? null : text);
