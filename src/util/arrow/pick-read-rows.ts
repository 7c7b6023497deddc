import { decodeReadColumns, encodeReadColumns } from './read-columns.ts';

/** Some rows of a chunk's `read` stream, as such a stream of their own. @param keep by index within the chunk; ascending */
export function pickReadRows(read: ArrayBuffer, keep: readonly number[]): ArrayBuffer {
  const { rows, columns } = decodeReadColumns(read);
  return encodeReadColumns({
    rows: Uint32Array.from(keep, (index) => rows[index]!),
    columns: Object.fromEntries(
      Object.entries(columns).map(([role, values]) => [role, keep.map((index) => values[index]!)]),
    ),
  });
}
