import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { Mutex } from '../../util/mutex.ts';
import { byteCount } from '../byte-count.ts';
import type { Compression } from './compression.ts';
import type { Decoder } from './decoder.ts';

const READ_BYTES = 1024 * 1024;
/** Compressed bytes that are unpacked at once: of gzip they make 16 MiB at the very most. */
const STEP_BYTES = 16 * 1024;
/** A file that grows more than this, beyond the bytes that any file may grow by, is taken for a bomb. */
const MOST_RATIO = 1000;
const FREE_BYTES = 64 * 1024 * 1024;

/**
 * What a compressed file holds, as a range. It can only be unpacked from front to back: a slice that begins before the
 * end of the one before starts over and passes over what lies in between. Its length is infinite until its end is found;
 * a slice that reaches beyond gives what there is.
 */
export class DecompressedRange implements ByteRange {
  readonly name: string;
  readonly #source: ByteRange;
  readonly #compression: Compression;
  readonly #turns = new Mutex();
  #byteLength = Infinity;
  #decoder: Decoder;
  /** Compressed bytes taken so far, and those that are read and not taken. */
  #taken = 0;
  #read: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Unpacked bytes `[#start, #end)`, in pieces. */
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #start = 0;
  #end = 0;
  /** What lies before is not kept. */
  #wanted = 0;

  constructor(source: ByteRange, compression: Compression) {
    this.name = source.name;
    this.#source = source;
    this.#compression = compression;
    this.#decoder = compression.decoder(this.#onDecoded);
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  /** Compressed bytes that are taken in so far. */
  get taken(): number {
    return this.#taken;
  }

  /** @throws JobError `INPUT_FORMAT` for what is damaged, cut short or a bomb, with the place. */
  slice(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return this.#turns.run(() => this.#slice(start, end, signal));
  }

  async #slice(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    if (start >= this.#byteLength || end <= start) return new Uint8Array(0);
    if (start < this.#start) this.#restart();
    this.#wanted = start;
    this.#dropBefore(start);
    while (this.#end < end && this.#byteLength === Infinity) await this.#step(signal);
    const until = Math.min(end, this.#end);
    const bytes = new Uint8Array(Math.max(until - start, 0));
    let at = this.#start;
    for (const piece of this.#pieces) {
      if (at >= until) break;
      const part = piece.subarray(Math.max(start - at, 0), Math.min(until - at, piece.length));
      bytes.set(part, Math.max(at - start, 0));
      at += piece.length;
    }
    return bytes;
  }

  #restart(): void {
    this.#decoder = this.#compression.decoder(this.#onDecoded);
    this.#taken = 0;
    this.#read = new Uint8Array(0);
    this.#pieces = [];
    this.#start = 0;
    this.#end = 0;
    this.#byteLength = Infinity;
  }

  async #step(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { byteLength } = this.#source;
    if (this.#read.length === 0 && this.#taken < byteLength)
      this.#read = await this.#source.slice(
        this.#taken,
        Math.min(this.#taken + READ_BYTES, byteLength),
        signal,
      );
    const step = this.#read.subarray(0, STEP_BYTES);
    this.#read = this.#read.subarray(step.length);
    this.#taken += step.length;
    const final = this.#taken >= byteLength;
    try {
      this.#decoder.push(step, final);
    } catch (thrown) {
      throw thrown instanceof JobError ? thrown : this.#damaged(thrown);
    }
    if (final) this.#byteLength = this.#end;
  }

  readonly #onDecoded = (bytes: Uint8Array<ArrayBuffer>): void => {
    if (bytes.length === 0) return;
    this.#end += bytes.length;
    if (this.#end > FREE_BYTES + this.#taken * MOST_RATIO) {
      throw new JobError(
        'INPUT_FORMAT',
        `${this.name} unpacks to more than ${MOST_RATIO} times its size: ${byteCount(this.#end)} of its first ${byteCount(this.#taken)}.`,
        { hint: 'If that is right, unpack it first.' },
      );
    }
    if (this.#end <= this.#wanted) {
      this.#start = this.#end;
      return;
    }
    // The codec may write into the same memory again.
    this.#pieces.push(bytes.slice());
  };

  #dropBefore(byte: number): void {
    let first = this.#pieces[0];
    while (first !== undefined && this.#start + first.length <= byte) {
      this.#start += first.length;
      this.#pieces.shift();
      first = this.#pieces[0];
    }
  }

  #damaged(cause: unknown): JobError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { byteLength } = this.#source;
    const isShort = this.#taken >= byteLength && /EOF|end of/i.test(reason);
    const what = isShort
      ? `is cut short: its ${this.#compression.label} data does not end within its ${byteLength} bytes`
      : `is damaged: its ${this.#compression.label} data cannot be read before byte ${this.#taken} of ${byteLength} (${reason})`;
    return new JobError(
      'INPUT_FORMAT',
      `${this.name} ${what}; ${byteCount(this.#end)} were unpacked before.`,
      {
        hint: 'Copy or make the file again.',
        cause,
      },
    );
  }
}
