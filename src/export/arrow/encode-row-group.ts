import { Table, field, int64, tableToIPC, type Schema } from '@uwdata/flechette';
import type { ResultSchema } from '../../core/result-schema.ts';
import { arrowOutputColumns, arrowOutputFields, plainColumn } from './arrow-output.ts';
import { arrowColumn, arrowTypeOf } from './arrow-column.ts';
import type { RowGroup } from './row-group-buffer.ts';

/** `row` and the result are never null, the kept columns may be. @param withOutput false leaves the result out. */
export function arrowSchema({ columns, output }: ResultSchema, withOutput = true): Schema {
  return {
    // V5 of the format's metadata, little-endian: what flechette writes.
    version: 4,
    endianness: 0,
    fields: [
      field('row', int64(), false),
      ...columns.map((column) => field(column.name, arrowTypeOf(column), true)),
      ...(withOutput ? arrowOutputFields(output) : []),
    ],
    metadata: null,
  };
}

export function rowGroupTable(
  schema: ResultSchema,
  { rows, values, kept }: RowGroup,
  withOutput = true,
): Table {
  const { columns, output } = schema;
  return new Table(arrowSchema(schema, withOutput), [
    plainColumn(int64(), rows.length, { values: BigInt64Array.from(rows, (row) => BigInt(row)) }),
    ...columns.map((column, c) => arrowColumn({ column, texts: kept[c] ?? [], rows })),
    ...(withOutput ? arrowOutputColumns(output, values, rows.length) : []),
  ]);
}

/**
 * A row group as an Arrow IPC stream of one record batch. The vectors are copied once, as a block.
 * @throws JobError `EXPORT_FAILED` for a kept value that does not fit its column.
 */
export function encodeRowGroup(schema: ResultSchema, group: RowGroup, withOutput = true): Uint8Array {
  const bytes = tableToIPC(rowGroupTable(schema, group, withOutput), { format: 'stream' });
  if (bytes === null) throw new TypeError('expected tableToIPC to return bytes, got null');
  return bytes;
}
