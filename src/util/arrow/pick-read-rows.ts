import { decodeReadColumns, encodeReadColumns } from './read-columns.ts';

/** Some rows of a chunk's `read` stream, as such a stream of their own. @param keep by index within the chunk; ascending */
export function pickReadRows(read: ArrayBuffer, keep: readonly number[]): ArrayBuffer {
  const { rows, columns, images = {} } = decodeReadColumns(read);
  const kept = <T>(all: Readonly<Record<string, readonly T[]>>) =>
    Object.fromEntries(
      Object.entries(all).map(([role, values]) => [role, keep.map((index) => values[index]!)]),
    );
  return encodeReadColumns({
    rows: Uint32Array.from(keep, (index) => rows[index]!),
    columns: kept(columns),
    images: kept(images),
  });
}
