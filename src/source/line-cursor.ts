import type { ByteRange } from '../core/byte-range.ts';
import { cutInput, rowInput, type RowErrorCode, type RowInput } from '../core/quarantine.ts';
import { clipText } from './clip-text.ts';
import { RegionReader } from './region-reader.ts';
import type {
  BlockListener,
  FormatOptions,
  RecordCursor,
  RecordEnd,
  RecordPosition,
  SourceRecord,
  Utf8Spans,
} from './source-format.ts';
import type { TextEncoding } from './text-encoding.ts';
import type { TextRegion } from './text-region.ts';
import { tooLargeMessage } from './too-large-message.ts';

const CR = 0x0d;

/** What the text of one line, without its line end, is; it is neither blank nor too long nor badly encoded. */
export type ParseLine = (text: string, end: RecordEnd) => SourceRecord;

/** Records of a format with one record a line. Lines of white space alone are no records. */
export class LineCursor implements RecordCursor {
  readonly #regions: RegionReader;
  readonly #maxRowBytes: number;
  readonly #encoding: TextEncoding;
  readonly #parse: ParseLine;
  /** The next record is too large for memory: its end is still to be found. */
  #skipping = false;
  #found: SourceRecord | null = null;
  /** By column, whether it is the line itself; null where none is. */
  readonly #isLine: readonly boolean[] | null;
  #utf8: Utf8Spans | null = null;

  constructor(
    range: ByteRange,
    from: RecordPosition,
    encoding: TextEncoding,
    parse: ParseLine,
    { blockBytes, maxRowBytes }: FormatOptions,
    signal: AbortSignal,
    onBlock?: BlockListener,
    isLine: readonly boolean[] | null = null,
  ) {
    this.#isLine = encoding.name === 'utf-8' ? isLine : null;
    this.#maxRowBytes = maxRowBytes;
    this.#encoding = encoding;
    this.#parse = parse;
    this.#regions = new RegionReader(range, from, { blockBytes, maxRowBytes, encoding, signal, onBlock });
  }

  get line(): number {
    return this.#regions.region.line;
  }

  get utf8(): Utf8Spans | null {
    return this.#utf8;
  }

  next(): SourceRecord | null {
    this.#utf8 = null;
    if (this.#found !== null) {
      const record = this.#found;
      this.#found = null;
      return record;
    }
    const region = this.#regions.region;
    const { text } = region;
    while (region.char < text.length) {
      const { char, byte, line } = region;
      const lineFeed = text.indexOf('\n', char);
      if (lineFeed === -1 && !region.final) {
        // Only when more waits for a line end than a row may have.
        this.#skipping = true;
        return null;
      }
      const end = lineFeed === -1 ? text.length : lineFeed;
      region.advance(lineFeed === -1 ? end : end + 1, lineFeed === -1 ? 0 : 1);
      const byteEnd = region.byte - (lineFeed === -1 ? 0 : this.#encoding.unitBytes);
      const record = text.slice(char, end);
      if (byteEnd - byte > this.#maxRowBytes) return this.#tooLarge(region, line, record);
      if (isBlank(text, char, end)) continue;
      if (!region.isValid(byte, byteEnd)) {
        const message = `line ${line} is not valid ${this.#encoding.label}: ${clipText(record)}`;
        return reject(endOf(region, line), 'ROW_BAD_UTF8', message, rowInput(record));
      }
      if (this.#isLine !== null) this.#utf8 = spansOf(this.#isLine, region.bytes, byte, byteEnd);
      return this.#parse(record, endOf(region, line));
    }
    return null;
  }

  async fill(): Promise<boolean> {
    if (!this.#skipping) return this.#regions.advance();
    const { at, line, remaining, char, text } = this.#regions.region;
    await this.#regions.skipLine(at + remaining, 0);
    this.#found = this.#tooLarge(this.#regions.region, line, text.slice(char));
    this.#skipping = false;
    return true;
  }

  #tooLarge(region: TextRegion, line: number, text: string): SourceRecord {
    const message = tooLargeMessage(line, text, this.#maxRowBytes);
    // Of a line that is passed over only so much is at hand however it is read: a character has 4 bytes at most.
    const input = cutInput(text.slice(0, Math.floor(this.#maxRowBytes / 4)));
    return reject(endOf(region, line), 'ROW_TOO_LARGE', message, input);
  }
}

function endOf(region: TextRegion, line: number): RecordEnd {
  return { byteEnd: region.at, line, nextLine: region.line };
}

/** Of a line without its line end, and the carriage return before it. */
function spansOf(isLine: readonly boolean[], bytes: Uint8Array, start: number, lineEnd: number): Utf8Spans {
  const end = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  return {
    bytes,
    starts: isLine.map((is) => (is ? start : -1)),
    ends: isLine.map(() => end),
    quoted: [],
  };
}

/** A record that is no row. */
export function reject(end: RecordEnd, code: RowErrorCode, message: string, input: RowInput): SourceRecord {
  return { kind: 'reject', code, message, input, ...end };
}

function isBlank(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit !== 0x20 && unit !== 0x09 && unit !== 0x0d) return false;
  }
  return true;
}
