import type { FirstMet } from '../core/batch.ts';
import { HASH_WORDS } from '../core/example-hash.ts';

/** Distinct examples that are remembered: 20 bytes each and 16 MiB of slots, 76 MiB at most. */
export const MAX_REMEMBERED = 3 * 2 ** 20;
/**
 * Repeats of an earlier window that are worth reading its results back: fewer are run sooner than read, on a fast device. In a
 * million rows of which one in 150 repeats another, anywhere before, reading took more than half of the time.
 */
const LEAST_REPEATS = 32;
/** Most of the slots that may be in use before they double. */
const MAX_LOAD = 0.75;

/** Examples that a window is the first to have: of each the hash and the first row. */
export type NewExamples = {
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly hashes: Uint32Array<ArrayBuffer>;
};

/**
 * The examples of a job by their hashes, in the order in which they were met. When it is full it takes no more: rows are
 * compared with those that it has, so that what it answers depends on nothing but the rows before.
 */
export class ExampleIndex {
  /** Examples of a window that repeat one earlier window, for its results to be taken. */
  readonly leastRepeats: number;
  readonly #most: number;
  /** Example + 1 by slot; 0 is empty. */
  #slots = new Uint32Array(1024);
  #hashes = new Uint32Array(512 * HASH_WORDS);
  #rows = new Uint32Array(512);
  #size = 0;
  /** Windows that have examples here, ascending, and the first example of each. */
  readonly #windows: number[] = [];
  readonly #starts: number[] = [];

  constructor(most = MAX_REMEMBERED, leastRepeats = LEAST_REPEATS) {
    this.#most = most;
    this.leastRepeats = leastRepeats;
  }

  get size(): number {
    return this.#size;
  }

  /** Where example `i` of `hashes` was met first, in a window before this one; null when it was not. */
  find(hashes: Uint32Array, i: number, window: number): FirstMet | null {
    const found = this.#slots[this.#slotOf(hashes, i)]!;
    if (found === 0) return null;
    const met = this.#windowOf(found - 1);
    return met < window ? { window: met, row: this.#rows[found - 1]! } : null;
  }

  /**
   * Takes up the examples of a window, in order, as far as there is room, and but for those that it has.
   * @param window behind every window that was added
   * @returns those that were taken
   */
  add(window: number, { rows, hashes }: NewExamples): NewExamples {
    const last = this.#windows.at(-1);
    if (last !== undefined && window <= last) throw new RangeError(`window ${window} comes after ${last}`);
    const start = this.#size;
    for (let i = 0; i < rows.length && this.#size < this.#most; i++) {
      const slot = this.#slotOf(hashes, i);
      if (this.#slots[slot] === 0) this.#put(slot, hashes, i, rows[i]!);
    }
    if (this.#size > start) {
      this.#windows.push(window);
      this.#starts.push(start);
    }
    return {
      rows: this.#rows.slice(start, this.#size),
      hashes: this.#hashes.slice(start * HASH_WORDS, this.#size * HASH_WORDS),
    };
  }

  #windowOf(example: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= example) low = middle;
      else high = middle - 1;
    }
    return this.#windows[low]!;
  }

  /** The slot that has the hash, or the free one where it belongs. */
  #slotOf(hashes: Uint32Array, i: number): number {
    const at = i * HASH_WORDS;
    const last = this.#slots.length - 1;
    let slot = hashes[at]! & last;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & last) {
      const own = (this.#slots[slot]! - 1) * HASH_WORDS;
      let word = 0;
      while (word < HASH_WORDS && this.#hashes[own + word] === hashes[at + word]) word++;
      if (word === HASH_WORDS) break;
    }
    return slot;
  }

  #put(slot: number, hashes: Uint32Array, i: number, row: number): void {
    if (this.#size === this.#rows.length) {
      const capacity = Math.min(this.#most, this.#size * 2);
      this.#rows = grown(this.#rows, capacity);
      this.#hashes = grown(this.#hashes, capacity * HASH_WORDS);
    }
    this.#hashes.set(hashes.subarray(i * HASH_WORDS, (i + 1) * HASH_WORDS), this.#size * HASH_WORDS);
    this.#rows[this.#size++] = row;
    this.#slots[slot] = this.#size;
    if (this.#size > this.#slots.length * MAX_LOAD) this.#growSlots();
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let example = 0; example < this.#size; example++)
      this.#slots[this.#slotOf(this.#hashes, example)] = example + 1;
  }
}

function grown(values: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(values);
  return larger;
}
