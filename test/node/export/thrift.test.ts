import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readThrift } from '../../../src/export/parquet/read-thrift.ts';
import {
  i32,
  i64,
  listOf,
  numberAt,
  THRIFT,
  withFields,
  type ThriftField,
  type ThriftStruct,
} from '../../../src/export/parquet/thrift.ts';
import { writeThrift } from '../../../src/export/parquet/write-thrift.ts';

const numbers = fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }));
const { field } = fc.letrec<{ field: ThriftField; struct: ThriftStruct }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 3 },
    numbers.map(i64),
    fc.integer({ min: -128, max: 127 }).map((value) => ({ type: THRIFT.i8, value })),
    fc.boolean().map((value) => ({ type: value ? THRIFT.true : THRIFT.false, value })),
    fc.uint8Array({ maxLength: 300 }).map((value) => ({ type: THRIFT.binary, value })),
    fc.array(fc.integer(), { maxLength: 40 }).map((items) => listOf(THRIFT.i32, items)),
    tie('struct').map((value) => ({ type: THRIFT.struct, value })),
    fc.array(tie('struct'), { maxLength: 20 }).map((items) => listOf(THRIFT.struct, items)),
  ),
  struct: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 300 }), tie('field')), { selector: ([id]) => id })
    .map((fields) => new Map(fields.toSorted(([a], [b]) => a - b))),
}));

describe("Thrift's compact protocol", () => {
  test('reads back what it wrote', () => {
    fc.assert(
      fc.property(field, (value) => {
        const struct: ThriftStruct = new Map([[7, value]]);
        expect(readThrift(writeThrift(struct))).toEqual(struct);
      }),
    );
  });

  test('writes the bytes of the specification', () => {
    // version 2; a list of one struct {4: "root"}; 2^33 rows, as zigzag 2^34.
    const footer = [
      0x15, 4, 0x19, 0x1c, 0x48, 4, 0x72, 0x6f, 0x6f, 0x74, 0, 0x16, 0x80, 0x80, 0x80, 0x80, 0x40, 0,
    ];
    const read = readThrift(Uint8Array.from(footer));
    expect([numberAt(read, 1), numberAt(read, 3)]).toEqual([2, 2 ** 33]);
    expect([...writeThrift(read)]).toEqual(footer);
  });

  test('refuses what ends early, and numbers that it cannot hold', () => {
    const bytes = writeThrift(new Map([[1, { type: THRIFT.binary, value: new Uint8Array(9) }]]));
    for (let end = 0; end < bytes.length; end++)
      expect(() => readThrift(bytes.subarray(0, end))).toThrow(RangeError);
    expect(() => readThrift(Uint8Array.from([0x16, ...Array(8).fill(0xff), 1, 0]))).toThrow('2^53');
    expect(() => readThrift(Uint8Array.of(0x17, 0))).toThrow('Thrift type');
  });

  test('replaces, adds and leaves out fields, in the order of their ids', () => {
    const struct: ThriftStruct = new Map([
      [1, i32(1)],
      [4, i32(4)],
    ]);
    expect([...withFields(struct, { 3: i32(3), 4: null, 1: i32(10) })]).toEqual([
      [1, i32(10)],
      [3, i32(3)],
    ]);
  });
});
