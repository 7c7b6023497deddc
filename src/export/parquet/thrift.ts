/** Types of Thrift's compact protocol that Parquet's metadata uses. A boolean field has its value in its type. */
export const THRIFT = {
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  binary: 8,
  list: 9,
  struct: 12,
} as const;

export type ThriftList = { readonly of: number; readonly items: readonly ThriftValue[] };
/** Fields by id, in ascending order. */
export type ThriftStruct = ReadonlyMap<number, ThriftField>;
export type ThriftField = { readonly type: number; readonly value: ThriftValue };
/** Where a struct is written, bytes stand for one that is encoded already. */
export type ThriftValue = boolean | number | Uint8Array | ThriftList | ThriftStruct;

export const i32 = (value: number): ThriftField => ({ type: THRIFT.i32, value });
export const i64 = (value: number): ThriftField => ({ type: THRIFT.i64, value });
export const listOf = (of: number, items: readonly ThriftValue[]): ThriftField => ({
  type: THRIFT.list,
  value: { of, items },
});
export const structOf = (value: ThriftStruct): ThriftField => ({ type: THRIFT.struct, value });

/** The struct with some of its fields replaced, added or, where null, left out. */
export function withFields(
  struct: ThriftStruct,
  fields: Readonly<Record<number, ThriftField | null>>,
): ThriftStruct {
  const changed = new Map<number, ThriftField | null>(struct);
  for (const [id, field] of Object.entries(fields)) changed.set(Number(id), field);
  const left = [...changed].filter((entry): entry is [number, ThriftField] => entry[1] !== null);
  return new Map(left.toSorted(([a], [b]) => a - b));
}

export function numberAt(struct: ThriftStruct, id: number): number | null {
  const value = struct.get(id)?.value;
  return typeof value === 'number' ? value : null;
}

/** Structs of a list; none where there is no such field. */
export function structsAt(struct: ThriftStruct, id: number): readonly ThriftStruct[] {
  const value = struct.get(id)?.value;
  return value !== undefined && isList(value) ? value.items.filter(isStruct) : [];
}

export function structAt(struct: ThriftStruct, id: number): ThriftStruct {
  const value = struct.get(id)?.value;
  if (value === undefined || !isStruct(value)) throw new RangeError(`expected a struct in field ${id}`);
  return value;
}

export function isList(value: ThriftValue): value is ThriftList {
  return typeof value === 'object' && 'items' in value;
}

export function isStruct(value: ThriftValue): value is ThriftStruct {
  return value instanceof Map;
}
