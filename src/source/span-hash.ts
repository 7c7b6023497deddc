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

/** SHA-256 (hex) of source bytes `[start, end)`, read from the source, whatever their number. */
export async function hashSpan(
  range: ByteRange,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<string> {
  if (end - start <= MOST_HELD_BYTES) return sha256Hex(await range.slice(start, end, signal));
  const stream = new Sha256Stream();
  for (let at = start; at < end; at += PIECE_BYTES) {
    stream.update(await range.slice(at, Math.min(at + PIECE_BYTES, end), signal));
  }
  return stream.finishHex();
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
    const span = new Uint8Array(end - start);
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
