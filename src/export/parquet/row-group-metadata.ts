import {
  i32,
  i64,
  isStruct,
  listOf,
  numberAt,
  structAt,
  structOf,
  structsAt,
  THRIFT,
  withFields,
  type ThriftField,
  type ThriftStruct,
} from './thrift.ts';
import type { VectorColumn } from './vector-column.ts';

// Field numbers are those of parquet-format's `parquet.thrift`: RowGroup 1 columns, 2 total_byte_size, 5 file_offset,
// 6 total_compressed_size, 7 ordinal; ColumnChunk 2 file_offset, 3 meta_data, 4-7 places of page indexes; ColumnMetaData
// 1 type, 2 encodings, 3 path, 4 codec, 5 num_values, 6 and 7 sizes, 9 data page, 11 dictionary page, 14 and 15 bloom filter.

/** A row group of another file, and the bytes of its columns there. */
export type RelocatedRowGroup = {
  readonly rowGroup: ThriftStruct;
  readonly start: number;
  readonly end: number;
};

/**
 * The row group as it reads where its columns begin at byte `at` of a file. Indexes of its pages, which lie elsewhere, and its
 * ordinal, which has only 16 bits, are left out.
 */
export function relocatedRowGroup(rowGroup: ThriftStruct, at: number): RelocatedRowGroup {
  const columns = structsAt(rowGroup, 1);
  const ranges = columns.map((column) => {
    const meta = structAt(column, 3);
    const start = numberAt(meta, 11) ?? numberAt(meta, 9) ?? 0;
    return { start, end: start + (numberAt(meta, 7) ?? 0) };
  });
  const start = Math.min(...ranges.map((range) => range.start));
  const by = at - start;
  const moved = columns.map((column) => {
    const meta = structAt(column, 3);
    return withFields(column, {
      2: i64(0),
      3: structOf(
        withFields(meta, { 9: shifted(meta, 9, by), 11: shifted(meta, 11, by), 14: null, 15: null }),
      ),
      ...{ 4: null, 5: null, 6: null, 7: null },
    });
  });
  return {
    rowGroup: withFields(rowGroup, { 1: listOf(THRIFT.struct, moved), 5: i64(at), 7: null }),
    start,
    end: Math.max(...ranges.map((range) => range.end)),
  };
}

function shifted(meta: ThriftStruct, id: number, by: number): ThriftField | null {
  const value = numberAt(meta, id);
  return value === null ? null : i64(value + by);
}

/** The row group with one more column, of so many bytes. */
export function withChunk(rowGroup: ThriftStruct, byteLength: number, chunk: ThriftStruct): ThriftStruct {
  return withFields(rowGroup, {
    1: listOf(THRIFT.struct, [...structsAt(rowGroup, 1), chunk]),
    2: i64((numberAt(rowGroup, 2) ?? 0) + byteLength),
    6: i64((numberAt(rowGroup, 6) ?? 0) + byteLength),
  });
}

/** The `ColumnChunk` of the vectors, whose list and items are the last of the file's schema. */
export function vectorChunk(column: VectorColumn, footer: ThriftStruct, at: number): ThriftStruct {
  const { bytes, dataPageAt, encodings, valueCount } = column;
  const levels = structsAt(footer, 2).slice(-3);
  const item = levels.at(-1);
  const type = item === undefined ? null : numberAt(item, 1);
  if (type === null) throw new RangeError('expected the vectors to be the last column of the schema');
  const path = levels.map((level) => level.get(4)!.value).filter((name) => !isStruct(name));
  const meta = new Map([
    [1, i32(type)],
    [2, listOf(THRIFT.i32, encodings)],
    [3, listOf(THRIFT.binary, path)],
    [4, i32(0)],
    [5, i64(valueCount)],
    [6, i64(bytes.length)],
    [7, i64(bytes.length)],
    [9, i64(at + dataPageAt)],
    ...(dataPageAt === 0 ? [] : [[11, i64(at)] as const]),
  ]);
  return new Map([
    [2, i64(0)],
    [3, structOf(meta)],
  ]);
}
