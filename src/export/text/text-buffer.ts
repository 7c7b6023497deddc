const encoder = new TextEncoder();

/** Spells the numbers of a list. */
export type NumberWriter = {
  /** Most bytes of one number. */
  readonly maxBytes: number;
  /** Writes number `index` at `at`. @returns the position after it. */
  readonly write: (bytes: Uint8Array, at: number, index: number) => number;
};

/** UTF-8 text under construction. Grows with the longest piece between two `take`s and is reused after them. */
export class TextBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity bytes to begin with. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get byteLength(): number {
    return this.#length;
  }

  text(text: string): void {
    // A UTF-16 unit is at most three bytes of UTF-8.
    this.#reserve(text.length * 3);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Numbers `[start, end)` with commas between. */
  numbers(writer: NumberWriter, start: number, end: number): void {
    this.#reserve((end - start) * (writer.maxBytes + 1));
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = start; i < end; i++) {
      if (i > start) bytes[at++] = 0x2c;
      at = writer.write(bytes, at, i);
    }
    this.#length = at;
  }

  /** A view of what was written; gone with the next `reset`. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written, for someone to keep; the buffer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.reset();
    return taken;
  }

  #reserve(byteLength: number): void {
    const needed = this.#length + byteLength;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.view());
    this.#bytes = grown;
  }
}
