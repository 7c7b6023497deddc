import { mixBits, rotateLeft } from '../util/murmur3.ts';

/** Most of the table that may be in use before it doubles. */
const MAX_LOAD = 0.75;
/** Marks a free slot; readers stop short of that many rows. */
const FREE = 0xffffffff;

/**
 * Which row first had an id, for finding duplicates in datasets too large for a Map: an open-addressing table of
 * 64-bit hashes and row ordinals, 12 bytes a slot, 16-32 bytes a row as it grows by doubling.
 *
 * Ids are compared by hash alone. Two different ids of one dataset share a hash with a chance of about n^2 / 2^65:
 * 3e-8 for a million rows, 3e-4 for a hundred million; the later row would be set aside as a duplicate, with a
 * message that names both rows. Not made to withstand ids chosen to collide.
 */
export class IdIndex {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #rows = new Uint32Array(1024).fill(FREE);
  #size = 0;
  readonly #alsoLater: boolean;

  /** @param alsoLater `firstRow` tells of later rows, too: of a job that has results for them already */
  constructor(alsoLater = false) {
    this.#alsoLater = alsoLater;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Notes that `row` has the id.
   * @returns the earlier row that has it; null when there is none, also when the index already knows this very row
   * (a chunk that is read again) or only a later one
   */
  firstRow(id: string, row: number): number | null {
    const { high, low } = hash64(id);
    const slot = this.#slot(high, low);
    const first = this.#rows[slot]!;
    if (first < row || (this.#alsoLater && first !== FREE && first !== row)) return first;
    this.#rows[slot] = row;
    if (first !== FREE) return null;
    this.#high[slot] = high;
    this.#low[slot] = low;
    if (++this.#size > this.#rows.length * MAX_LOAD) this.#grow();
    return null;
  }

  /** Takes up rows that are already stored: `ids[i]` belongs to `rows[i]`; rows without an id are passed over. */
  add(ids: readonly (string | null)[], rows: ArrayLike<number>): void {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (id !== null && id !== undefined) this.firstRow(id, rows[i]!);
    }
  }

  #slot(high: number, low: number): number {
    const mask = this.#rows.length - 1;
    let slot = low & mask;
    while (this.#rows[slot] !== FREE && (this.#low[slot] !== low || this.#high[slot] !== high))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const high = this.#high;
    const low = this.#low;
    const rows = this.#rows;
    this.#high = new Uint32Array(rows.length * 2);
    this.#low = new Uint32Array(rows.length * 2);
    this.#rows = new Uint32Array(rows.length * 2).fill(FREE);
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] === FREE) continue;
      const slot = this.#slot(high[i]!, low[i]!);
      this.#high[slot] = high[i]!;
      this.#low[slot] = low[i]!;
      this.#rows[slot] = rows[i]!;
    }
  }
}

/** Two lanes of MurmurHash3 (x86, 32 bits) over the UTF-16 units, mixed into each other as in its 128-bit variant. */
function hash64(text: string): { high: number; low: number } {
  let a = 0x9747b28c;
  let b = 0x3c6ef372;
  for (let i = 0; i < text.length; i += 2) {
    // Past the end charCodeAt is NaN, and NaN << 16 is 0; the length tells "x" from "x\0".
    const block = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    a ^= Math.imul(rotateLeft(Math.imul(block, 0x239b961b), 15), 0xab0e9789 | 0);
    a = (Math.imul((rotateLeft(a, 19) + b) | 0, 5) + 0x561ccd1b) | 0;
    b ^= Math.imul(rotateLeft(Math.imul(block, 0x38b34ae5), 17), 0xa1e38b93 | 0);
    b = (Math.imul((rotateLeft(b, 13) + a) | 0, 5) + 0x0bcaa747) | 0;
  }
  a = mixBits((a ^ text.length) | 0);
  b = mixBits((b ^ text.length) | 0);
  return { high: (a + b) >>> 0, low: (b + a + b) >>> 0 };
}
