import type { ByteRange } from '../core/byte-range.ts';
import { sha256Hex } from '../util/sha256.ts';
import { Sha256Stream } from '../util/sha256-stream.ts';

/** A range whose content is told apart by something other than its bytes in order. */
export interface HashedRange extends ByteRange {
  /** SHA-256 (hex) that changes when anything in `[start, end)` does. */
  hashOf(start: number, end: number, signal: AbortSignal): Promise<string>;
}

export function isHashedRange(range: ByteRange): range is HashedRange {
  return 'hashOf' in range;
}

/** A longer span is hashed in pieces, slower but without holding it. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 4 * 1024 * 1024;

/** Bytes of a source. */
type Span = { readonly start: number; readonly end: number };

/** SHA-256 (hex) of source bytes `[start, end)`, read from the source, whatever their number. */
export async function hashSpan(
  range: ByteRange,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<string> {
  return hashSpans(range, [{ start, end }], signal);
}

/** The same of several spans, one behind the other. @param head bytes in front of them */
export async function hashSpans(
  range: ByteRange,
  spans: readonly Span[],
  signal: AbortSignal,
  head: Uint8Array = new Uint8Array(0),
): Promise<string> {
  let byteLength = head.length;
  for (const { start, end } of spans) byteLength += end - start;
  if (byteLength <= MOST_HELD_BYTES) return hashAtOnce(range, spans, byteLength, signal, head);
  const stream = new Sha256Stream();
  stream.update(head);
  for (const { start, end } of spans)
    for (let at = start; at < end; at += PIECE_BYTES)
      stream.update(await range.slice(at, Math.min(at + PIECE_BYTES, end), signal));
  return stream.finishHex();
}

async function hashAtOnce(
  range: ByteRange,
  spans: readonly Span[],
  byteLength: number,
  signal: AbortSignal,
  head: Uint8Array,
): Promise<string> {
  const [only] = spans;
  if (only !== undefined && byteLength === only.end - only.start)
    return sha256Hex(await range.slice(only.start, only.end, signal));
  const whole = new Uint8Array(byteLength);
  whole.set(head);
  let at = head.length;
  for (const { start, end } of spans) {
    const bytes = await range.slice(start, end, signal);
    whole.set(bytes, at);
    at += bytes.length;
  }
  // A file that got shorter gives fewer.
  return sha256Hex(whole.subarray(0, at));
}

/**
 * Hashes one span of a source after the other from blocks that somebody else reads. A span whose bytes are not all
 * at hand (it began before the first block, or is one giant record) is read again.
 */
export class SpanHash {
  readonly #range: ByteRange;
  readonly #signal: AbortSignal;
  /** Blocks in order and without gaps, from the one that holds `#from`. */
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  #blocksStart: number;
  #blocksEnd: number;
  /** Where spans of several blocks are put together: a digest takes a copy before it gives its promise. */
  #joined: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #from: number;

  /** @param from where the first span begins */
  constructor(range: ByteRange, from: number, signal: AbortSignal) {
    this.#range = range;
    this.#signal = signal;
    this.#from = from;
    this.#blocksStart = from;
    this.#blocksEnd = from;
  }

  readonly push = (block: Uint8Array<ArrayBuffer>, byte: number): void => {
    if (byte !== this.#blocksEnd || byte + block.length - this.#from > MOST_HELD_BYTES) {
      this.#blocks = [];
      this.#blocksStart = byte;
    }
    this.#blocks.push(block);
    this.#blocksEnd = byte + block.length;
  };

  /** SHA-256 (hex) of the bytes from the end of the last span (exclusive) to `end`, where the next one begins. */
  async next(end: number): Promise<string> {
    const start = this.#from;
    this.#from = end;
    if (isHashedRange(this.#range)) return this.#range.hashOf(start, end, this.#signal);
    if (start < this.#blocksStart || end > this.#blocksEnd) {
      this.#drop(end);
      return hashSpan(this.#range, start, end, this.#signal);
    }
    const span = this.#span(start, end);
    this.#drop(end);
    return sha256Hex(span);
  }

  #span(start: number, end: number): Uint8Array<ArrayBuffer> {
    const first = this.#blocks[0];
    if (first !== undefined && end <= this.#blocksStart + first.length) {
      return first.subarray(start - this.#blocksStart, end - this.#blocksStart);
    }
    if (this.#joined.length < end - start) this.#joined = new Uint8Array(end - start);
    const span = this.#joined.subarray(0, end - start);
    let at = this.#blocksStart;
    for (const block of this.#blocks) {
      if (at >= end) break;
      const part = block.subarray(Math.max(start - at, 0), Math.min(end - at, block.length));
      span.set(part, Math.max(at - start, 0));
      at += block.length;
    }
    return span;
  }

  #drop(before: number): void {
    let first = this.#blocks[0];
    while (first !== undefined && this.#blocksStart + first.length <= before) {
      this.#blocksStart += first.length;
      this.#blocks.shift();
      first = this.#blocks[0];
    }
  }
}
