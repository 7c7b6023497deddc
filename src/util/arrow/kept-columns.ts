import { type Column, tableFromColumns, tableFromIPC, tableToIPC } from '@uwdata/flechette';
import { ID_COLUMN, ROW_COLUMN } from '../../core/chunk.ts';
import { exactBuffer } from './exact-buffer.ts';
import { rowColumn, rowsOf } from './row-column.ts';
import { utf8Builder, utf8Values } from './utf8-column.ts';

/** What the user keeps of a chunk. */
export type KeptColumns = {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Null in every row when the job has no id column. */
  readonly ids: readonly (string | null)[];
  /** By column name, in output order: JSON text of each value, null where the column was absent. */
  readonly columns: Readonly<Record<string, readonly (string | null)[]>>;
};

/**
 * The `kept` stream of a chunk (see `Chunk`): one record batch; the same input always gives the same bytes. A kept column may have any
 * name, `$row` included: the first two fields are told by place.
 */
export function encodeKept({ rows, ids, columns }: KeptColumns): ArrayBuffer {
  const texts = Object.entries(columns).map(([name, values]) => [name, utf8Builder(values)] as const);
  const idBuilder = utf8Builder(ids);
  const table = tableFromColumns([
    [ROW_COLUMN, rowColumn(rows)],
    [ID_COLUMN, idBuilder.finish()],
    ...texts.map(([name, builder]) => [name, builder.finish()] as [string, Column<string>]),
  ]);
  const ipc = exactBuffer(tableToIPC(table, { format: 'stream' }));
  idBuilder.release();
  for (const [, builder] of texts) builder.release();
  return ipc;
}

export function decodeKept(ipc: ArrayBuffer): KeptColumns {
  const table = tableFromIPC(ipc);
  const columns = Object.fromEntries(
    table.schema.fields.slice(2).map((field, index) => [field.name, utf8Values(table.getChildAt(index + 2))]),
  );
  return { rows: rowsOf(table), ids: utf8Values(table.getChildAt(1)), columns };
}
