import type { ByteRange } from '../../core/byte-range.ts';
import { sha256Hex } from '../../util/sha256.ts';
import type { HashedRange } from '../span-hash.ts';
import type { ColumnarFile } from './columnar-file.ts';

/** A part of a group. */
export type GroupPart = { readonly group: number; readonly from: number; readonly to: number };

/**
 * A columnar file as the sources see it: a position is a number of rows, because nothing else in such a file has an order.
 * It has no bytes to be read one after the other.
 */
export class ColumnarRange implements HashedRange {
  readonly name: string;
  readonly byteLength: number;
  readonly file: ColumnarFile;
  readonly #firstRows: readonly number[];
  #hashed: { readonly group: number; readonly sha256: string } | null = null;

  constructor(stored: ByteRange, file: ColumnarFile) {
    this.name = stored.name;
    this.file = file;
    let rows = 0;
    this.#firstRows = file.groupRows.map((count) => (rows += count) - count);
    this.byteLength = rows;
  }

  /** What is to be read at once from a row on; null behind the last one. */
  partAt(row: number): GroupPart | null {
    const [part] = this.#parts(row, this.byteLength);
    if (part === undefined) return null;
    // From the group's start in equal steps, so that the parts are the same wherever reading began.
    const step = this.file.rowsAtOnce(part.group);
    return { ...part, to: Math.min(part.to, (Math.floor(part.from / step) + 1) * step) };
  }

  async slice(): Promise<never> {
    throw new TypeError(`${this.name}: a columnar file has no bytes in the order of its rows`);
  }

  async hashOf(start: number, end: number, signal: AbortSignal): Promise<string> {
    const parts: string[] = [];
    for (const { group, from, to } of this.#parts(start, end)) {
      if (this.#hashed?.group !== group)
        this.#hashed = { group, sha256: await this.file.hash(group, signal) };
      parts.push(`${this.#hashed.sha256} ${from} ${to}\n`);
    }
    return sha256Hex(new TextEncoder().encode(parts.join('')));
  }

  *#parts(start: number, end: number): Generator<GroupPart> {
    for (const [group, first] of this.#firstRows.entries()) {
      const from = Math.max(start - first, 0);
      const to = Math.min(end - first, this.file.groupRows[group]!);
      if (from < to) yield { group, from, to };
      if (first >= end) return;
    }
  }
}
