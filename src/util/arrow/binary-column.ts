import { type Batch, batchType, binary, Column } from '@uwdata/flechette';

/** One binary column of one batch, without nulls. */
export function binaryColumn(values: readonly Uint8Array[]): Column<Uint8Array> {
  const offsets = new Int32Array(((values.length + 2) >> 1) * 2);
  let end = 0;
  for (const [index, value] of values.entries()) offsets[index + 1] = end += value.length;
  const bytes = new Uint8Array((end + 7) & ~7);
  for (const [index, value] of values.entries()) bytes.set(value, offsets[index]);
  const type = binary();
  const BinaryBatch = batchType(type) as typeof Batch<Uint8Array>;
  const batch = new BinaryBatch({
    length: values.length,
    nullCount: 0,
    type,
    validity: new Uint8Array(0),
    offsets,
    values: bytes,
  });
  return new Column<Uint8Array>([batch], type);
}

/** The values of a binary column that has no nulls, as views of the stream's buffer. */
export function binaryValues(column: Column<unknown>): Uint8Array<ArrayBuffer>[] {
  return column.data.flatMap(({ offsets, length, values }) =>
    Array.from({ length }, (_, i) =>
      (values as Uint8Array<ArrayBuffer>).subarray(Number(offsets[i]), Number(offsets[i + 1])),
    ),
  );
}
