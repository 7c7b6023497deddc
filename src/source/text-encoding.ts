import type { InputEncoding } from '../core/input-format.ts';

const LF = 0x0a;

/**
 * How the bytes of a text are characters. Everything here works on bytes that begin at a unit of the encoding, and the
 * units of all of them tell line feeds apart from parts of other characters, so that a text can be cut at line feeds.
 */
export interface TextEncoding {
  readonly name: InputEncoding;
  /** As messages call it. */
  readonly label: string;
  /** Bytes of a line feed. */
  readonly unitBytes: 1 | 2;
  /** Index of a character is its byte divided by `unitBytes`, whatever the text. */
  readonly fixed: boolean;
  /** The text, bad parts as U+FFFD; and whether there are none. */
  decode(bytes: Uint8Array): { readonly text: string; readonly valid: boolean };
  /** Index of a line feed's first byte; -1 when there is none. */
  firstLineFeed(bytes: Uint8Array): number;
  lastLineFeed(bytes: Uint8Array): number;
}

class Decoders {
  readonly #strict: TextDecoder;
  readonly #lossy: TextDecoder;

  constructor(label: string) {
    this.#strict = new TextDecoder(label, { fatal: true, ignoreBOM: true });
    this.#lossy = new TextDecoder(label, { ignoreBOM: true });
  }

  decode(bytes: Uint8Array): { readonly text: string; readonly valid: boolean } {
    try {
      return { text: this.#strict.decode(bytes), valid: true };
    } catch {
      return { text: this.#lossy.decode(bytes), valid: false };
    }
  }
}

class Utf8 implements TextEncoding {
  readonly name = 'utf-8';
  readonly label = 'UTF-8';
  readonly unitBytes = 1;
  readonly fixed = false;
  readonly #decoders = new Decoders('utf-8');

  decode(bytes: Uint8Array) {
    return this.#decoders.decode(bytes);
  }

  firstLineFeed(bytes: Uint8Array): number {
    return bytes.indexOf(LF);
  }

  lastLineFeed(bytes: Uint8Array): number {
    return bytes.lastIndexOf(LF);
  }
}

/** What 0x80 to 0x9f are. */
const C1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const WINDOWS_1252 = Uint16Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 && byte < 0xa0 ? C1.charCodeAt(byte - 0x80) : byte,
);

/** Decoded by a table, not by TextDecoder: that of Node 20 takes the bytes for Latin-1 (nodejs/node#56542). */
class Windows1252 implements TextEncoding {
  readonly name = 'windows-1252';
  readonly label = 'Windows-1252';
  readonly unitBytes = 1;
  readonly fixed = true;
  readonly #units = new TextDecoder('utf-16le', { ignoreBOM: true });

  decode(bytes: Uint8Array) {
    const units = new Uint16Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) units[i] = WINDOWS_1252[bytes[i]!]!;
    return { text: this.#units.decode(units), valid: true };
  }

  firstLineFeed(bytes: Uint8Array): number {
    return bytes.indexOf(LF);
  }

  lastLineFeed(bytes: Uint8Array): number {
    return bytes.lastIndexOf(LF);
  }
}

class TwoByteUnits implements TextEncoding {
  readonly name: InputEncoding;
  readonly label: string;
  readonly unitBytes = 2;
  readonly fixed = true;
  readonly #decoders: Decoders;
  /** Place of the byte 0x0a within a line feed. */
  readonly #low: 0 | 1;

  constructor(name: 'utf-16le' | 'utf-16be', label: string) {
    this.name = name;
    this.label = label;
    this.#low = name === 'utf-16le' ? 0 : 1;
    this.#decoders = new Decoders(name);
  }

  decode(bytes: Uint8Array) {
    return this.#decoders.decode(bytes);
  }

  firstLineFeed(bytes: Uint8Array): number {
    let low = bytes.indexOf(LF);
    while (low !== -1 && !this.#isLineFeed(bytes, low)) low = bytes.indexOf(LF, low + 1);
    return low === -1 ? -1 : low - this.#low;
  }

  lastLineFeed(bytes: Uint8Array): number {
    let low = bytes.lastIndexOf(LF);
    // A negative index would count from the end.
    while (low !== -1 && !this.#isLineFeed(bytes, low)) low = low === 0 ? -1 : bytes.lastIndexOf(LF, low - 1);
    return low === -1 ? -1 : low - this.#low;
  }

  #isLineFeed(bytes: Uint8Array, low: number): boolean {
    return low % 2 === this.#low && bytes[low + 1 - 2 * this.#low] === 0;
  }
}

const ENCODINGS: Readonly<Record<InputEncoding, TextEncoding>> = {
  'utf-8': new Utf8(),
  'utf-16le': new TwoByteUnits('utf-16le', 'UTF-16 LE'),
  'utf-16be': new TwoByteUnits('utf-16be', 'UTF-16 BE'),
  // What browsers and spreadsheets mean by Latin-1: the same letters, and quotes and dashes besides. Every byte is one.
  'windows-1252': new Windows1252(),
};

export function encodingNamed(name: InputEncoding): TextEncoding {
  return ENCODINGS[name];
}
