/** Place of a FlatBuffers table's field; null when it is left out. @throws RangeError outside of the buffer. */
export function fieldAt(view: DataView, table: number, field: number): number | null {
  const vtable = table - view.getInt32(table, true);
  const entry = 4 + 2 * field;
  if (entry >= view.getUint16(vtable, true)) return null;
  const offset = view.getUint16(vtable + entry, true);
  return offset === 0 ? null : table + offset;
}
