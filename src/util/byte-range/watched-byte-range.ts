import type { ByteRange } from '../../core/byte-range.ts';

/** The same bytes; `onRead` is told whenever some have been read. */
export function watchedByteRange(range: ByteRange, onRead: () => void): ByteRange {
  return {
    name: range.name,
    byteLength: range.byteLength,
    async slice(start, end, signal) {
      const bytes = await range.slice(start, end, signal);
      onRead();
      return bytes;
    },
  };
}
