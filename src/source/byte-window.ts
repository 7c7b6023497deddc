import type { ByteRange } from '../core/byte-range.ts';
import type { BlockListener } from './source-format.ts';

export type ByteWindowOptions = {
  /** Offset of the first byte to read. */
  readonly from: number;
  readonly blockBytes: number;
  readonly signal: AbortSignal;
  readonly onBlock?: BlockListener | undefined;
};

/**
 * A part of a source that slides from front to back: grows by a block at `fill`, shrinks by `drop`.
 * The next block is on its way while this one is parsed.
 */
export class ByteWindow {
  readonly #range: ByteRange;
  readonly #options: ByteWindowOptions;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** What is left of a block and the next one are joined here each time: new memory costs more than the copy into it. */
  #joined: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #start: number;
  #next: Promise<Uint8Array<ArrayBuffer>> | null = null;

  constructor(range: ByteRange, options: ByteWindowOptions) {
    this.#range = range;
    this.#options = options;
    this.#start = Math.min(options.from, range.byteLength);
  }

  /** Source bytes `[start, end)`, until the next `fill`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#bytes.length;
  }

  /** True when nothing lies behind `end`. */
  get ended(): boolean {
    return this.end >= this.#range.byteLength;
  }

  /** Appends the next block; nothing at the end. */
  async fill(): Promise<void> {
    const { signal, onBlock } = this.#options;
    signal.throwIfAborted();
    if (this.ended) return;
    const at = this.end;
    const block = await (this.#next ?? this.#fetch(at));
    signal.throwIfAborted();
    onBlock?.(block, at);
    this.#bytes = this.#bytes.length === 0 ? block : this.#join(block);
    this.#next = this.ended ? null : this.#fetch(this.end);
    // A failed read ahead is thrown by the fill that needs it; until then it must not count as unhandled.
    this.#next?.catch(() => undefined);
  }

  /** Forgets the bytes before this offset. */
  drop(byte: number): void {
    const count = Math.min(Math.max(byte - this.#start, 0), this.#bytes.length);
    this.#bytes = this.#bytes.subarray(count);
    this.#start += count;
  }

  #join(block: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const rest = this.#bytes;
    const length = rest.length + block.length;
    const { length: room } = this.#joined;
    // A long record makes it large; nothing else needs it so.
    if (length > room || length < room / 8) this.#joined = new Uint8Array(length + (length >> 1));
    if (rest.buffer !== this.#joined.buffer || rest.byteOffset !== 0) this.#joined.set(rest);
    this.#joined.set(block, rest.length);
    return this.#joined.subarray(0, length);
  }

  #fetch(at: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#range.slice(
      at,
      Math.min(at + this.#options.blockBytes, this.#range.byteLength),
      this.#options.signal,
    );
  }
}
