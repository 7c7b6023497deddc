import type { TextEncoding } from './text-encoding.ts';

const LF = 10;

/**
 * Bytes of a source decoded at once, which is many times faster than line by line, with one place in both: characters
 * and bytes advance together because a line feed is a unit of its own in each encoding, valid or not.
 */
export class TextRegion {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly encoding: TextEncoding;
  /** Offset of the first byte in the source. */
  readonly start: number;
  /** False when some of it is not text of the encoding: then each record is to be checked with `isValid`. */
  readonly valid: boolean;
  /** True when the source ends here, so that the last record needs no line end. */
  readonly final: boolean;
  /** Index of the next record's first character, its byte in `bytes`, and its 1-based line. */
  char = 0;
  byte = 0;
  line: number;
  readonly #fixed: boolean;

  constructor(bytes: Uint8Array, start: number, line: number, final: boolean, encoding: TextEncoding) {
    const { text, valid } = encoding.decode(bytes);
    this.text = text;
    this.valid = valid;
    this.bytes = bytes;
    this.encoding = encoding;
    this.start = start;
    this.line = line;
    this.final = final;
    // In UTF-8 every character beyond ASCII, and every run replaced by U+FFFD, has at least as many bytes as units; with
    // equal sums they are equal one by one, and an index of one is an index of the other.
    this.#fixed = encoding.fixed || text.length === bytes.length;
  }

  /** Offset of the next record in the source. */
  get at(): number {
    return this.start + this.byte;
  }

  /** Bytes from the next record on. */
  get remaining(): number {
    return this.bytes.length - this.byte;
  }

  /** True when bytes `[start, end)` of the region are text of its encoding. */
  isValid(start: number, end: number): boolean {
    return this.valid || this.encoding.decode(this.bytes.subarray(start, end)).valid;
  }

  /** Goes on to `char`, which lies behind the given number of line feeds from here, or at the end. */
  advance(char: number, lineFeeds: number): void {
    this.line += lineFeeds;
    this.char = char;
    if (this.#fixed) {
      // The last unit of a file that was cut short may lack a byte.
      this.byte = Math.min(char * this.encoding.unitBytes, this.bytes.length);
    } else if (char >= this.text.length) {
      this.byte = this.bytes.length;
    } else {
      for (let i = 0; i < lineFeeds; i++) this.byte = this.bytes.indexOf(LF, this.byte) + 1;
    }
  }
}
