import { type Column, tableFromColumns, tableFromIPC, tableToIPC, Type } from '@uwdata/flechette';
import { ROW_COLUMN } from '../../core/chunk.ts';
import { binaryColumn, binaryValues } from './binary-column.ts';
import { exactBuffer } from './exact-buffer.ts';
import { rowColumn, rowsOf } from './row-column.ts';
import { Utf8Builder } from './utf8-builder.ts';
import { utf8Builder, utf8Values } from './utf8-column.ts';

/** What the task reads of a chunk: row ordinals, and one text or picture a row and role. */
export type ReadColumns = {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Texts by role. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** Pictures by role, as their files have them; left out where there are none. */
  readonly images?: Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>>;
};

/** A builder of texts is used up. */
type ColumnsToEncode = Omit<ReadColumns, 'columns'> & {
  readonly columns: Readonly<Record<string, readonly string[] | Utf8Builder>>;
};

/**
 * The `read` stream of a chunk (see `Chunk`): one record batch; the same input always gives the same bytes. A lone surrogate in a text becomes U+FFFD.
 */
export function encodeReadColumns({ rows, columns, images = {} }: ColumnsToEncode): ArrayBuffer {
  const texts = Object.entries(columns).map(
    ([role, values]) => [role, values instanceof Utf8Builder ? values : utf8Builder(values)] as const,
  );
  const table = tableFromColumns([
    [ROW_COLUMN, rowColumn(rows)],
    ...texts.map(([role, builder]) => [role, builder.finish()] as [string, Column<unknown>]),
    ...Object.entries(images).map(
      ([role, values]) => [role, binaryColumn(values)] as [string, Column<unknown>],
    ),
  ]);
  const ipc = exactBuffer(tableToIPC(table, { format: 'stream' }));
  for (const [, builder] of texts) builder.release();
  return ipc;
}

export function decodeReadColumns(ipc: ArrayBuffer): ReadColumns {
  const table = tableFromIPC(ipc);
  const columns: Record<string, readonly string[]> = {};
  const images: Record<string, readonly Uint8Array<ArrayBuffer>[]> = {};
  for (const [index, { name, type }] of table.schema.fields.slice(1).entries()) {
    const column = table.getChildAt(index + 1);
    if (type.typeId === Type.Binary) images[name] = binaryValues(column);
    else columns[name] = utf8Values(column).map((value) => value ?? '');
  }
  const hasImages = Object.keys(images).length > 0;
  return { rows: rowsOf(table), columns, ...(hasImages ? { images } : {}) };
}
