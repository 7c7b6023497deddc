import type { ByteRange } from '../../core/byte-range.ts';
import { cutInput, rowInput, type RowErrorCode, type RowInput } from '../../core/quarantine.ts';
import { byteCount } from '../byte-count.ts';
import { clipText } from '../clip-text.ts';
import { RegionReader } from '../region-reader.ts';
import type {
  BlockListener,
  FormatOptions,
  RecordCursor,
  RecordPosition,
  SourceRecord,
  Utf8Spans,
} from '../source-format.ts';
import type { TextEncoding } from '../text-encoding.ts';
import type { TextRegion } from '../text-region.ts';
import { tooLargeMessage } from '../too-large-message.ts';
import { CsvScanner, type CsvScan } from './csv-scanner.ts';

type Skip = {
  readonly code: RowErrorCode;
  readonly message: string;
  readonly input: RowInput;
  readonly fromByte: number;
  readonly lineFeeds: number;
};

/** What a CSV file is written with. */
export type CsvDialect = { readonly delimiter: string; readonly encoding: TextEncoding };

/**
 * Records of a CSV file. A record with bad quoting ends at the end of the line on which the bad quote was opened, so
 * that one stray quote costs one row and not the rest of the file.
 */
export class CsvCursor implements RecordCursor {
  readonly #regions: RegionReader;
  readonly #scanner: CsvScanner;
  readonly #maxRowBytes: number;
  readonly #encoding: TextEncoding;
  readonly #fieldCount: number | null;
  readonly #columns: readonly string[];
  /** Place in the record of each of `columns`; -1 when the header does not have it. */
  readonly #places: readonly number[] | null;
  /** Of the last record, by column. */
  readonly #starts: number[];
  readonly #ends: number[];
  readonly #quoted: boolean[];
  #utf8: Utf8Spans | null = null;
  /** A reject whose line end is not at hand yet. */
  #skip: Skip | null = null;
  #found: SourceRecord | null = null;

  /** @param header null to read the header itself: a record of any length, whose values are its fields */
  constructor(
    range: ByteRange,
    from: RecordPosition,
    header: readonly string[] | null,
    dialect: CsvDialect,
    options: FormatOptions,
    signal: AbortSignal,
    onBlock?: BlockListener,
  ) {
    const { blockBytes, maxRowBytes } = options;
    this.#regions = new RegionReader(range, from, {
      blockBytes,
      maxRowBytes,
      encoding: dialect.encoding,
      signal,
      onBlock,
    });
    this.#encoding = dialect.encoding;
    this.#maxRowBytes = maxRowBytes;
    this.#fieldCount = header === null ? null : header.length;
    this.#columns = options.columns ?? header ?? [];
    this.#places = header === null ? null : this.#columns.map((column) => header.indexOf(column));
    this.#starts = this.#columns.map(() => -1);
    this.#ends = this.#columns.map(() => -1);
    this.#quoted = this.#columns.map(() => false);
    const wanted = header?.map((_, place) => this.#places!.includes(place)) ?? null;
    this.#scanner = new CsvScanner(dialect.delimiter, wanted);
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
    const scanner = this.#scanner;
    while (region.char < region.text.length) {
      const { char, byte, line } = region;
      const scan = scanner.scan(region.text, char, region.final);
      if (scan === 'blank') {
        region.advance(scanner.end, scanner.lineFeeds);
        continue;
      }
      if (scan !== 'record') return this.#broken(region, scan);
      region.advance(scanner.end, scanner.lineFeeds);
      const ended = region.text.charCodeAt(scanner.end - 1) === 0x0a;
      const byteLength = region.byte - byte - (ended ? this.#encoding.unitBytes : 0);
      if (byteLength > this.#maxRowBytes) {
        region.char = char;
        region.byte = byte;
        region.line = line;
        return this.#tooLong(region);
      }
      if (!region.isValid(byte, byte + byteLength)) {
        const text = region.text.slice(char, scanner.end);
        const message = `line ${line} is not valid ${this.#encoding.label}: ${clipText(text)}`;
        return this.#reject(line, 'ROW_BAD_UTF8', message, rowInput(withoutEnd(text)));
      }
      return this.#row(region, line, char, byte);
    }
    return null;
  }

  async fill(): Promise<boolean> {
    if (this.#skip === null) return this.#regions.advance();
    const { code, message, input, fromByte, lineFeeds } = this.#skip;
    const { line } = this.#regions.region;
    this.#skip = null;
    await this.#regions.skipLine(fromByte, lineFeeds);
    this.#found = this.#reject(line, code, message, input);
    return true;
  }

  #row(region: TextRegion, line: number, char: number, byte: number): SourceRecord {
    const { fields, fieldCount, end } = this.#scanner;
    if (this.#fieldCount !== null && fieldCount !== this.#fieldCount) {
      const counts = `has ${fieldCount} ${fieldCount === 1 ? 'field' : 'fields'} where the header has ${this.#fieldCount}`;
      const text = region.text.slice(char, end);
      return this.#reject(
        line,
        'ROW_BAD_CSV',
        `line ${line} ${counts}: ${clipText(text)}`,
        rowInput(withoutEnd(text)),
      );
    }
    const values: readonly unknown[] =
      this.#places === null
        ? fields.slice(0, fieldCount)
        : this.#places.map((place) => (place === -1 ? undefined : fields[place]));
    // A byte a character: ASCII.
    if (this.#places !== null && this.#encoding.name === 'utf-8' && region.byte - byte === end - char)
      this.#utf8 = this.#spansOf(region, this.#places, byte - char);
    return {
      kind: 'row',
      columns: this.#columns,
      values,
      json: null,
      byteEnd: region.at,
      line,
      nextLine: region.line,
    };
  }

  #spansOf(region: TextRegion, places: readonly number[], shift: number): Utf8Spans {
    const { starts, ends, doubled } = this.#scanner;
    // Entries of an array would be an allocation a column here.
    for (let column = 0; column < places.length; column++) {
      const place = places[column]!;
      this.#starts[column] = place === -1 ? -1 : starts[place]! + shift;
      this.#ends[column] = place === -1 ? -1 : ends[place]! + shift;
      this.#quoted[column] = doubled[place] === true;
    }
    return { bytes: region.bytes, starts: this.#starts, ends: this.#ends, quoted: this.#quoted };
  }

  /** What a scan that found no whole record means: more text is needed (null), or a reject. */
  #broken(region: TextRegion, scan: CsvScan): SourceRecord | null {
    if (region.remaining > this.#maxRowBytes) return this.#tooLong(region);
    if (scan === 'afterQuote') {
      // The line to its end, so that what is set aside is the same however much is read at once.
      const whole = region.final || region.text.includes('\n', this.#scanner.quoteAt);
      return whole ? this.#afterQuote(region, region.text, region.char) : null;
    }
    if (!region.final) return null;
    return this.#neverClosed(region, region.text, region.char, '');
  }

  /** The same for a record that goes on, or may go on, beyond the most bytes of a row: judged by those bytes alone. */
  #tooLong(region: TextRegion): SourceRecord | null {
    const scanner = this.#scanner;
    const most = this.#maxRowBytes;
    const text = this.#encoding.decode(region.bytes.subarray(region.byte, region.byte + this.#tooMany)).text;
    const scan = scanner.scan(text, 0, false);
    if (scan === 'afterQuote') return this.#afterQuote(region, text, 0);
    if (scan === 'openQuote' && text.includes('\n', scanner.quoteAt)) {
      return this.#neverClosed(region, text, 0, ` within ${byteCount(most)}`);
    }
    const { line, at } = region;
    const lineFeeds = scan === 'openQuote' ? scanner.quoteLineFeeds : scanner.lineFeeds;
    const message = tooLargeMessage(line, text, most);
    return this.#skipFrom(at + this.#tooMany, lineFeeds, 'ROW_TOO_LARGE', message, cutInput(text));
  }

  #afterQuote(region: TextRegion, text: string, start: number): SourceRecord | null {
    const { fieldCount, errorAt } = this.#scanner;
    const reason = `line ${region.line} has text after the closing quote of field ${fieldCount}`;
    return this.#endAtQuoteLine(
      region,
      text,
      start,
      `${reason}: ${clipText(text.slice(start, errorAt + 1))}`,
    );
  }

  #neverClosed(region: TextRegion, text: string, start: number, within: string): SourceRecord | null {
    const { fieldCount, quoteAt } = this.#scanner;
    const reason = `line ${region.line} opens field ${fieldCount + 1} with a quote that is never closed${within}`;
    const lineFeed = text.indexOf('\n', quoteAt);
    const shown = text.slice(start, lineFeed === -1 ? text.length : lineFeed);
    return this.#endAtQuoteLine(region, text, start, `${reason}: ${clipText(shown)}`);
  }

  /** @param text the region's text from `start` on, or a copy of its beginning */
  #endAtQuoteLine(region: TextRegion, text: string, start: number, message: string): SourceRecord | null {
    const { quoteAt, quoteLineFeeds } = this.#scanner;
    const { line } = region;
    const lineFeed = text.indexOf('\n', quoteAt);
    const record = withoutEnd(text.slice(start, lineFeed === -1 ? undefined : lineFeed));
    const isLong = lineFeed === -1 && region.remaining > this.#maxRowBytes;
    const input = isLong ? cutInput(record) : rowInput(record);
    if (lineFeed !== -1) {
      region.advance(region.char + lineFeed + 1 - start, quoteLineFeeds + 1);
    } else if (region.final && text === region.text) {
      region.advance(region.text.length, quoteLineFeeds);
    } else {
      const seen = text === region.text ? region.remaining : this.#tooMany;
      return this.#skipFrom(region.at + seen, quoteLineFeeds, 'ROW_BAD_CSV', message, input);
    }
    return this.#reject(line, 'ROW_BAD_CSV', message, input);
  }

  /** Whole units of more bytes than a row may have. */
  get #tooMany(): number {
    const { unitBytes } = this.#encoding;
    return this.#maxRowBytes - (this.#maxRowBytes % unitBytes) + unitBytes;
  }

  #skipFrom(fromByte: number, lineFeeds: number, code: RowErrorCode, message: string, input: RowInput): null {
    this.#skip = { code, message, input, fromByte, lineFeeds };
    return null;
  }

  #reject(line: number, code: RowErrorCode, message: string, input: RowInput): SourceRecord {
    const { at, line: nextLine } = this.#regions.region;
    return { kind: 'reject', code, message, input, byteEnd: at, line, nextLine };
  }
}

function withoutEnd(record: string): string {
  return record.replace(/\r?\n?$/, '');
}
