/** Words that are kept; the frequent ones of a dataset come early, so the table fills once and is then left alone. */
const MAX_WORDS = 50_000;
/** Of one word; longer ones are not kept. */
const MAX_LENGTH = 40;
/** A power of two, so that half of them are free at the end. */
const SLOTS = 2 ** 17;

/**
 * The token ids of words of ASCII characters, each encoded once. A word is looked up where it stands in its text: no string is
 * made of it, which would cost several times as much as the look-up itself. Holds at most 50,000 words, about 10 MB.
 */
export class WordTable {
  readonly #encode: (word: string) => readonly number[];
  /** Word + 1 by slot; 0 is empty. */
  readonly #slots = new Int32Array(SLOTS);
  readonly #hashes = new Int32Array(MAX_WORDS);
  readonly #ends = new Int32Array(MAX_WORDS);
  readonly #ids: (readonly number[])[] = [];
  #chars = new Uint8Array(1 << 16);

  /** @param encode gives the same ids for the same word */
  constructor(encode: (word: string) => readonly number[]) {
    this.#encode = encode;
  }

  /** The ids of `text[from, to)`, which is ASCII. */
  idsOf(text: string, from: number, to: number): readonly number[] {
    const length = to - from;
    if (length > MAX_LENGTH) return this.#encode(text.slice(from, to));
    // FNV-1a, mixed, so that the low bits depend on all characters.
    let hash = 0x811c9dc5;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash ^= hash >>> 15;
    let slot = hash & (SLOTS - 1);
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      const word = this.#slots[slot]! - 1;
      if (this.#hashes[word] === hash && this.#is(word, text, from, length)) return this.#ids[word]!;
    }
    const ids = this.#encode(text.slice(from, to));
    if (this.#ids.length < MAX_WORDS) this.#keep(slot, hash, text, from, length, ids);
    return ids;
  }

  #is(word: number, text: string, from: number, length: number): boolean {
    const start = this.#startOf(word);
    if (this.#ends[word]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#chars[start + i] !== text.charCodeAt(from + i)) return false;
    return true;
  }

  #keep(
    slot: number,
    hash: number,
    text: string,
    from: number,
    length: number,
    ids: readonly number[],
  ): void {
    const word = this.#ids.length;
    const start = this.#startOf(word);
    if (start + length > this.#chars.length) {
      const grown = new Uint8Array(this.#chars.length * 2);
      grown.set(this.#chars);
      this.#chars = grown;
    }
    for (let i = 0; i < length; i++) this.#chars[start + i] = text.charCodeAt(from + i);
    this.#hashes[word] = hash;
    this.#ends[word] = start + length;
    this.#ids.push(ids);
    this.#slots[slot] = word + 1;
  }

  #startOf(word: number): number {
    return word === 0 ? 0 : this.#ends[word - 1]!;
  }
}
