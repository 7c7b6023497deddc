import { Inflate } from 'fflate';
import type { ByteRange } from '../../core/byte-range.ts';
import type { InputFormat } from '../../core/input-format.ts';
import type { ZipEntry } from '../../util/zip/read-zip-directory.ts';
import { isZip, zipDataStart } from '../../util/zip/read-zip-directory.ts';
import { zipDataFiles } from '../../util/zip/zip-data-files.ts';
import { crc32 } from '../../util/crc32.ts';
import type { Decoder, OnDecoded } from './decoder.ts';
import { DecompressedRange } from './decompressed-range.ts';

/** The files with archives among them replaced by what is in them (see `zipDataFiles`), named `archive.zip/inner.jsonl`. */
export async function withoutZips(
  files: readonly ByteRange[],
  format: InputFormat | null,
  signal: AbortSignal,
): Promise<readonly ByteRange[]> {
  const found: ByteRange[] = [];
  for (const file of files) {
    if (!file.name.toLowerCase().endsWith('.zip') || !(await isZip(file, signal))) {
      found.push(file);
      continue;
    }
    for (const entry of await zipDataFiles(file, format, signal)) found.push(memberRange(file, entry));
  }
  return found;
}

function memberRange(archive: ByteRange, entry: ZipEntry): ByteRange {
  let start: number | null = null;
  const name = `${archive.name}/${entry.name}`;
  const packed: ByteRange = {
    name,
    byteLength: entry.packedBytes,
    slice: async (from, to, stop) => {
      // When it is read: an archive may have a hundred thousand members.
      const at = (start ??= await zipDataStart(archive, entry, stop));
      return archive.slice(
        at + Math.min(from, entry.packedBytes),
        at + Math.min(to, entry.packedBytes),
        stop,
      );
    },
  };
  if (entry.method === 0) return packed;
  const range = new DecompressedRange(packed, {
    label: 'ZIP',
    decoder: (onDecoded) => new DeflateDecoder(entry, onDecoded),
  });
  // The directory says the length, and the decoder holds it to that.
  return {
    name,
    byteLength: entry.byteLength,
    slice: (from, to, stop) =>
      range.slice(Math.min(from, entry.byteLength), Math.min(to, entry.byteLength), stop),
  };
}

/** Deflate, held to the length and the checksum that an archive's directory says. */
class DeflateDecoder implements Decoder {
  readonly #entry: ZipEntry;
  readonly #inflate: Inflate;
  #crc = 0;
  #size = 0;

  constructor(entry: ZipEntry, onDecoded: OnDecoded) {
    this.#entry = entry;
    this.#inflate = new Inflate((bytes) => {
      this.#crc = crc32(bytes, this.#crc);
      this.#size += bytes.length;
      if (this.#size > entry.byteLength)
        throw new Error(`more than the ${entry.byteLength} bytes that were said`);
      onDecoded(bytes);
    });
  }

  push(bytes: Uint8Array<ArrayBuffer>, final: boolean): void {
    this.#inflate.push(bytes, final);
    if (!final) return;
    if (this.#size !== this.#entry.byteLength) throw new Error('unexpected EOF');
    if (this.#crc !== this.#entry.crc32) throw new Error('checksum mismatch');
  }
}
