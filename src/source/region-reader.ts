import type { ByteRange } from '../core/byte-range.ts';
import { ByteWindow, type ByteWindowOptions } from './byte-window.ts';
import type { RecordPosition } from './source-format.ts';
import type { TextEncoding } from './text-encoding.ts';
import { TextRegion } from './text-region.ts';

export type RegionReaderOptions = Omit<ByteWindowOptions, 'from'> & {
  readonly maxRowBytes: number;
  readonly encoding: TextEncoding;
};

/**
 * Cuts a source into regions of whole lines. A record that does not end within its region is left there by the
 * parser and comes again at the start of the next, longer one.
 */
export class RegionReader {
  readonly #window: ByteWindow;
  readonly #maxRowBytes: number;
  readonly #encoding: TextEncoding;
  #region: TextRegion;

  constructor(range: ByteRange, from: RecordPosition, options: RegionReaderOptions) {
    this.#window = new ByteWindow(range, { ...options, from: from.byte });
    this.#maxRowBytes = options.maxRowBytes;
    this.#encoding = options.encoding;
    this.#region = this.#regionOf(new Uint8Array(0), this.#window.start, from.line, false);
  }

  get region(): TextRegion {
    return this.#region;
  }

  /**
   * Replaces the region by one that begins at its next record and reaches further: to the last line end at hand, to
   * the end of the source, or, when more than `maxRowBytes` wait for an end, just that far.
   * @returns false when the source has no more bytes
   */
  async advance(): Promise<boolean> {
    const window = this.#window;
    const { unitBytes } = this.#encoding;
    const tooMany = this.#maxRowBytes + unitBytes;
    const { at, line, final, bytes, start } = this.#region;
    if (final) return false;
    const seenTo = start + bytes.length;
    window.drop(at);
    // At least twice as long as before: a record of many blocks is decoded log2 times, not once a block.
    const wanted = Math.min(2 * (seenTo - at), tooMany);
    let end = this.#lineEnd(seenTo);
    while (!window.ended && (end <= seenTo || end - at < wanted)) {
      await window.fill();
      end = this.#lineEnd(seenTo);
      if (window.end - at >= tooMany) break;
    }
    const ended = window.ended;
    if (ended) end = window.end;
    // A unit that has only begun waits for its other byte.
    else if (end <= seenTo) end = window.end - ((window.end - at) % unitBytes);
    this.#region = this.#regionOf(window.bytes.subarray(0, end - at), at, line, ended);
    return ended ? end > at : true;
  }

  /**
   * Drops everything from the next record to the first line end at or behind `byte`, reading on as far as it takes.
   * @param byte where a unit of the encoding begins
   * @param lineFeeds between the record's start and `byte`
   */
  async skipLine(byte: number, lineFeeds: number): Promise<void> {
    const window = this.#window;
    const { unitBytes } = this.#encoding;
    let found = -1;
    for (;;) {
      window.drop(byte);
      if (window.start >= byte) found = this.#encoding.firstLineFeed(window.bytes);
      const rest = window.ended ? 0 : (window.end - byte) % unitBytes;
      window.drop(found === -1 ? window.end - rest : window.start + found + unitBytes);
      if (found !== -1 || window.ended) break;
      await window.fill();
    }
    const line = this.#region.line + lineFeeds + (found === -1 ? 0 : 1);
    const final = window.ended && window.bytes.length === 0;
    this.#region = this.#regionOf(window.bytes.subarray(0, 0), window.start, line, final);
  }

  #regionOf(bytes: Uint8Array, start: number, line: number, final: boolean): TextRegion {
    return new TextRegion(bytes, start, line, final, this.#encoding);
  }

  /** Offset behind the last line end at hand; `seenTo` when there is none beyond it. */
  #lineEnd(seenTo: number): number {
    const fresh = this.#window.bytes.subarray(Math.max(seenTo - this.#window.start, 0));
    const found = this.#encoding.lastLineFeed(fresh);
    return found === -1 ? seenTo : this.#window.end - fresh.length + found + this.#encoding.unitBytes;
  }
}
