import { Gunzip } from 'fflate';
import { Decompress } from 'fzstd';
import { crc32 } from '../../util/crc32.ts';

/** How a stream of compressed bytes is undone, piece by piece. */
export interface Decoder {
  /**
   * Takes the next compressed bytes, and gives what they are to the callback that the decoder was made with.
   * @throws what the codec says of bytes that it cannot read, an end that comes too early among them.
   */
  push(bytes: Uint8Array<ArrayBuffer>, final: boolean): void;
}

export type OnDecoded = (bytes: Uint8Array<ArrayBuffer>) => void;

/** Bytes behind the data of a gzip member: CRC-32 and length. */
const TRAILER_BYTES = 8;

/**
 * gzip, of any number of members, as `cat`, log rotation and bgzip make them. Not DecompressionStream: it refuses what
 * follows the first member, and does not say where that ends. fflate leaves the checksums to its caller.
 */
export class GzipDecoder implements Decoder {
  readonly #gunzip: Gunzip;
  /** The last compressed bytes, for the trailer that ends with them. */
  #tail = new Uint8Array(0);
  #taken = 0;
  #crc = 0;
  #size = 0;

  constructor(onDecoded: OnDecoded) {
    this.#gunzip = new Gunzip((bytes) => {
      this.#crc = crc32(bytes, this.#crc);
      this.#size = (this.#size + bytes.length) >>> 0;
      onDecoded(bytes);
    });
    this.#gunzip.onmember = (offset) => this.#checkTrailer(offset);
  }

  push(bytes: Uint8Array<ArrayBuffer>, final: boolean): void {
    const seen = new Uint8Array(this.#tail.length + bytes.length);
    seen.set(this.#tail);
    seen.set(bytes, this.#tail.length);
    this.#tail = seen;
    this.#taken += bytes.length;
    this.#gunzip.push(bytes, final);
    if (final) this.#checkTrailer(this.#taken);
    // A header of a later member may begin before these bytes, and its trailer before that.
    this.#tail = this.#tail.slice(-64 * 1024);
  }

  #checkTrailer(end: number): void {
    const at = end - TRAILER_BYTES - (this.#taken - this.#tail.length);
    if (at < 0) throw new Error('unexpected EOF');
    const trailer = new DataView(this.#tail.buffer, this.#tail.byteOffset + at, TRAILER_BYTES);
    if (trailer.getUint32(0, true) !== this.#crc || trailer.getUint32(4, true) !== this.#size)
      throw new Error('checksum mismatch');
    this.#crc = 0;
    this.#size = 0;
  }
}

/** Zstandard, of any number of frames. The frames' optional checksums are not compared: the codec passes over them. */
export class ZstdDecoder implements Decoder {
  readonly #decompress: Decompress;

  constructor(onDecoded: OnDecoded) {
    this.#decompress = new Decompress((bytes) => onDecoded(bytes as Uint8Array<ArrayBuffer>));
  }

  push(bytes: Uint8Array<ArrayBuffer>, final: boolean): void {
    this.#decompress.push(bytes, final);
  }
}
