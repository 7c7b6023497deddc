const QUOTE = 0x22;
const CR = 0x0d;
const LF = 0x0a;

/**
 * How a scan ended. `record`: a whole record, in `fields`. `blank`: an empty line. `afterQuote`: something other than
 * a delimiter or a line end follows a closing quote. `openQuote`: the text ended inside a quoted field. `partial`: the
 * text ended before the line did. The last two only mean that more text is needed, or, in the last text, that the
 * quote is never closed.
 */
export type CsvScan = 'record' | 'blank' | 'afterQuote' | 'openQuote' | 'partial';

/**
 * RFC 4180, one record at a time: quoted fields may hold delimiters, line ends and doubled quotes; CRLF and LF end a
 * record, in any mix. A quote inside an unquoted field is a character like any other.
 *
 * Own code because what no library does is the point here: no known one goes on behind a quote that is never closed.
 * csv-parse counts bytes a record (`bytes_records`) but needs Node's Buffer, and an open quote takes the rest of the
 * file with it; csv-parser too, and needs Node's streams; Papa Parse counts UTF-16 units and loses the count on
 * resume (mholt/PapaParse#321, #1132); uDSV neither counts nor reports single records.
 */
export class CsvScanner {
  /** By place, fields of the record that are wanted; what lies at `fieldCount` and behind is left from another record. */
  readonly fields: string[] = [];
  /** Where they stand in the text, without quotes around them, and whether quotes in them are doubled there. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly doubled: boolean[] = [];
  fieldCount = 0;
  /** Index behind the record and its line end. */
  end = 0;
  /** Line feeds within the record, its line end included. */
  lineFeeds = 0;
  /** `afterQuote`, `openQuote`: index of the opening quote, and line feeds before it. */
  quoteAt = 0;
  quoteLineFeeds = 0;
  /** `afterQuote`: index of what should not be there. */
  errorAt = 0;
  readonly #delimiter: string;
  readonly #wanted: readonly boolean[] | null;
  // Found once and kept until passed: a text without any would otherwise be searched to its end for each record.
  #text = '';
  #searchedFrom = 0;
  #nextDelimiter = -1;
  #nextLineFeed = -1;

  /** @param wanted by place, whether a field's text is; null for all */
  constructor(delimiter: string, wanted: readonly boolean[] | null = null) {
    if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
      throw new RangeError(
        `CSV delimiter: expected one character that is no quote or line end, got ${JSON.stringify(delimiter)}`,
      );
    }
    this.#delimiter = delimiter;
    this.#wanted = wanted;
  }

  /** @param final true when the text ends where the source ends */
  scan(text: string, start: number, final: boolean): CsvScan {
    this.#start(text, start);
    const delimiterCode = this.#delimiter.charCodeAt(0);
    let at = start;
    for (;;) {
      if (text.charCodeAt(at) !== QUOTE) {
        const lineEnd = this.#lineFeedFrom(at);
        const delimiter = this.#delimiterFrom(at);
        if (delimiter < lineEnd) {
          this.#take(text, at, delimiter, false);
          at = delimiter + 1;
          continue;
        }
        if (lineEnd === text.length && !final) return 'partial';
        const fieldEnd = lineEnd > at && text.charCodeAt(lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
        this.#finish(lineEnd, text.length);
        if (this.fieldCount === 0 && fieldEnd === at) return 'blank';
        this.#take(text, at, fieldEnd, false);
        return 'record';
      }
      const feedsBefore = this.lineFeeds;
      const next = this.#quoted(text, at, final);
      if (next === -1) {
        this.quoteAt = at;
        this.quoteLineFeeds = feedsBefore;
        return 'openQuote';
      }
      const code = next < text.length ? text.charCodeAt(next) : LF;
      if (code === delimiterCode) {
        at = next + 1;
        continue;
      }
      const lineEnd = code === CR ? next + 1 : next;
      if (lineEnd >= text.length) {
        if (!final) return 'partial';
        this.#finish(text.length, text.length);
        return 'record';
      }
      if (text.charCodeAt(lineEnd) === LF) {
        this.#finish(lineEnd, text.length);
        return 'record';
      }
      this.quoteAt = at;
      this.quoteLineFeeds = feedsBefore;
      this.errorAt = next;
      return 'afterQuote';
    }
  }

  #start(text: string, start: number): void {
    // A scan may go back, to the line behind a stray quote.
    if (start < this.#searchedFrom || text !== this.#text) {
      this.#text = text;
      this.#nextDelimiter = -1;
      this.#nextLineFeed = -1;
    }
    this.#searchedFrom = start;
    this.fieldCount = 0;
    this.lineFeeds = 0;
  }

  #take(text: string, start: number, end: number, isDoubled: boolean): void {
    const place = this.fieldCount++;
    if (this.#wanted !== null && this.#wanted[place] !== true) return;
    const field = text.slice(start, end);
    this.fields[place] = isDoubled ? field.replaceAll('""', '"') : field;
    this.starts[place] = start;
    this.ends[place] = end;
    this.doubled[place] = isDoubled;
  }

  #finish(lineEnd: number, textEnd: number): void {
    if (lineEnd < textEnd) this.lineFeeds++;
    this.end = Math.min(lineEnd + 1, textEnd);
  }

  /**
   * Takes the field whose quote is opened at `open`.
   * @returns the index behind the closing quote; -1 when the text ends before that one is certain
   */
  #quoted(text: string, open: number, final: boolean): number {
    let close = text.indexOf('"', open + 1);
    let isDoubled = false;
    while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) {
      isDoubled = true;
      close = text.indexOf('"', close + 2);
    }
    if (close === -1 || (close === text.length - 1 && !final)) return -1;
    this.#take(text, open + 1, close, isDoubled);
    // The next line feed is known to lie behind most fields.
    let lineFeed = this.#lineFeedFrom(open);
    while (lineFeed < close) {
      this.lineFeeds++;
      lineFeed = this.#lineFeedFrom(lineFeed + 1);
    }
    return close + 1;
  }

  #lineFeedFrom(at: number): number {
    this.#searchedFrom = at;
    if (this.#nextLineFeed < at) this.#nextLineFeed = indexOrEnd(this.#text, '\n', at);
    return this.#nextLineFeed;
  }

  #delimiterFrom(at: number): number {
    if (this.#nextDelimiter < at) this.#nextDelimiter = indexOrEnd(this.#text, this.#delimiter, at);
    return this.#nextDelimiter;
  }
}

function indexOrEnd(text: string, searched: string, from: number): number {
  const found = text.indexOf(searched, from);
  return found === -1 ? text.length : found;
}
