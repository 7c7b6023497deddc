import type { ByteRange } from '../../../src/core/byte-range.ts';
import type { Chunk, ReadPosition } from '../../../src/core/chunk.ts';
import type { InputFormat } from '../../../src/core/input-format.ts';
import { readChunks } from '../../../src/source/read-chunks.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { memoryByteRange } from '../../../src/util/byte-range/memory-byte-range.ts';

export function rangeOf(content: string | Uint8Array, name = 'data'): ByteRange {
  return memoryByteRange(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
}

export function optionsFor(format: InputFormat, more: Partial<ReadOptions> = {}): ReadOptions {
  return {
    format,
    read: [{ role: 'text', column: 'text', type: 'text' }],
    idColumn: null,
    keep: [],
    ...more,
  };
}

export async function readAll(
  content: string | Uint8Array | ByteRange,
  options: ReadOptions,
  from: ReadPosition | null = null,
): Promise<Chunk[]> {
  const range =
    typeof content === 'string' || content instanceof Uint8Array
      ? rangeOf(content, `data.${options.format}`)
      : content;
  return fromAsync(readChunks(range, options, from, new AbortController().signal));
}

/** Rows, rejects and kinds of all chunks together, as plain data. */
export function summary(chunks: readonly Chunk[]) {
  const rows = chunks.flatMap((chunk) => {
    const read = decodeReadColumns(chunk.read);
    const kept = decodeKept(chunk.kept);
    return Array.from(read.rows, (row, i) => ({
      row,
      id: kept.ids[i] ?? null,
      text: read.columns['text']![i]!,
      kept: Object.fromEntries(
        Object.entries(kept.columns).map(([name, values]) => [name, values[i] ?? null]),
      ),
    }));
  });
  const kinds = new Map<string, number>();
  for (const chunk of chunks) {
    for (const [name, bits] of Object.entries(chunk.kinds)) kinds.set(name, (kinds.get(name) ?? 0) | bits);
  }
  return { rows, rejects: chunks.flatMap((chunk) => [...chunk.rejects]), kinds: Object.fromEntries(kinds) };
}

/** Array.fromAsync is missing in Node 20. */
async function fromAsync<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}
