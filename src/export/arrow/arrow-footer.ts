import { Table, tableToIPC, type Schema } from '@uwdata/flechette';

/** Where a record batch lies in an Arrow file. */
export type ArrowBlock = {
  readonly offset: number;
  readonly metadataBytes: number;
  readonly bodyBytes: number;
};

export const ARROW_MAGIC = new TextEncoder().encode('ARROW1');
const BLOCK_BYTES = 24;
const RECORD_BATCHES = 3;

/**
 * What ends an Arrow file after its last message: the footer, its length and the magic. flechette only writes files that
 * are whole in memory, so it writes one with as many empty batches, and the places of the real ones go in there.
 * @param empty a table of no rows for each block.
 */
export function arrowFooter(schema: Schema, empty: Table, blocks: readonly ArrowBlock[]): Uint8Array {
  const columns = empty.children.map((column) => {
    const [first] = column.data;
    return Object.assign(Object.create(Object.getPrototypeOf(column) as object), column, {
      data: blocks.map(() => first),
    }) as typeof column;
  });
  const file = tableToIPC(new Table(schema, columns), { format: 'file' });
  if (file === null) throw new TypeError('expected tableToIPC to return bytes, got null');
  const tailBytes = 4 + ARROW_MAGIC.length;
  const footerBytes = new DataView(file.buffer, file.byteOffset).getInt32(file.length - tailBytes, true);
  const tail = file.slice(file.length - tailBytes - footerBytes);
  writeBlocks(new DataView(tail.buffer), blocks);
  return tail;
}

/** Overwrites `Footer.recordBatches` (arrow/format/File.fbs), the fourth field of the flatbuffer's root table. */
function writeBlocks(view: DataView, blocks: readonly ArrowBlock[]): void {
  if (blocks.length === 0) return;
  const root = view.getUint32(0, true);
  const vtable = root - view.getInt32(root, true);
  const field = root + view.getUint16(vtable + 4 + 2 * RECORD_BATCHES, true);
  const vector = field + view.getUint32(field, true);
  const count = view.getUint32(vector, true);
  if (count !== blocks.length)
    throw new TypeError(`expected a footer of ${blocks.length} blocks, got ${count}`);
  for (const [index, { offset, metadataBytes, bodyBytes }] of blocks.entries()) {
    const at = vector + 4 + index * BLOCK_BYTES;
    view.setBigInt64(at, BigInt(offset), true);
    view.setInt32(at + 8, metadataBytes, true);
    view.setBigInt64(at + 16, BigInt(bodyBytes), true);
  }
}
