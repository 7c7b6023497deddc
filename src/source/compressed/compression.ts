import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { byteCount } from '../byte-count.ts';
import { GzipDecoder, ZstdDecoder, type Decoder, type OnDecoded } from './decoder.ts';

export type Compression = {
  readonly label: 'gzip' | 'Zstandard';
  readonly decoder: (onDecoded: OnDecoded) => Decoder;
};

const GZIP: Compression = { label: 'gzip', decoder: (onDecoded) => new GzipDecoder(onDecoded) };
const ZSTD: Compression = { label: 'Zstandard', decoder: (onDecoded) => new ZstdDecoder(onDecoded) };

/** As much as the `zstd` command takes without being told to (`--long=27`). */
const MOST_WINDOW_BYTES = 128 * 1024 * 1024;

/**
 * What a file is compressed with, by its first bytes; null when it is not.
 * @throws JobError `INPUT_FORMAT` for a file that would take too much memory.
 */
export async function compressionOf(range: ByteRange, signal: AbortSignal): Promise<Compression | null> {
  const head = await range.slice(0, 18, signal);
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return GZIP;
  // A frame that is to be passed over: parallel encoders put one in front.
  if (((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18)
    return ZSTD;
  if (head[0] !== 0x28 || head[1] !== 0xb5 || head[2] !== 0x2f || head[3] !== 0xfd) return null;
  const window = zstdWindowBytes(head);
  if (window > MOST_WINDOW_BYTES) {
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} needs a window of ${byteCount(window)} to be unpacked, and ${byteCount(MOST_WINDOW_BYTES)} is the most.`,
      { hint: 'Unpack it first: zstd -d --long=31.' },
    );
  }
  return ZSTD;
}

/** RFC 8878, section 3.1.1.1. */
function zstdWindowBytes(head: Uint8Array<ArrayBuffer>): number {
  const descriptor = head[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = head[5] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const at = 5 + dictionaryBytes;
  const padded = new Uint8Array(32);
  padded.set(head);
  const view = new DataView(padded.buffer);
  switch (descriptor >> 6) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
