import type { Column } from '@uwdata/flechette';
import { Utf8Builder } from './utf8-builder.ts';

// Without ignoreBOM a decoder eats a U+FEFF at the start of every value; flechette's own does.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A utf8 column of values. */
export function utf8Builder(values: readonly (string | null)[]): Utf8Builder {
  const builder = new Utf8Builder();
  for (const value of values) builder.append(value);
  return builder;
}

/** The values of a utf8 column, null where there is none. */
export function utf8Values(column: Column<unknown>): (string | null)[] {
  const values: (string | null)[] = [];
  for (const batch of column.data) {
    const { offsets, length } = batch;
    const bytes = batch.values as Uint8Array;
    const first = Number(offsets[0] ?? 0);
    const last = Number(offsets[length] ?? 0);
    const whole = decoder.decode(bytes.subarray(first, last));
    const ascii = whole.length === last - first;
    for (let i = 0; i < length; i++) {
      if (batch.nullCount > 0 && !batch.isValid(i)) {
        values.push(null);
        continue;
      }
      const start = Number(offsets[i]);
      const end = Number(offsets[i + 1]);
      values.push(
        ascii ? whole.slice(start - first, end - first) : decoder.decode(bytes.subarray(start, end)),
      );
    }
  }
  return values;
}
