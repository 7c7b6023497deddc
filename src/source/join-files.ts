import type { ByteRange } from '../core/byte-range.ts';
import { JobError } from '../core/job-error.ts';
import type { SourceFile } from './source-format.ts';

/** A file whose bytes are not what they are said to be, as in a damaged archive. */
export function isDamage(thrown: unknown): thrown is JobError {
  return thrown instanceof JobError && thrown.code === 'INPUT_FORMAT';
}

/** One file among many that are read as one. */
export type JoinedFile = { readonly range: ByteRange; readonly start: number };

/** Many files as one range, with a line feed behind each, so that no two begin at the same byte. */
export class JoinedRange implements ByteRange {
  readonly name: string;
  readonly byteLength: number;
  readonly files: readonly JoinedFile[];

  constructor(ranges: readonly ByteRange[]) {
    let start = 0;
    this.files = ranges.map((range) => {
      const file = { range, start };
      start += range.byteLength + 1;
      return file;
    });
    this.byteLength = start;
    this.name = ranges.length === 1 ? ranges[0]!.name : `the input of ${ranges.length} files`;
  }

  /** Place of the last file that begins at `byte` or before it. */
  indexAt(byte: number): number {
    let low = 0;
    let high = this.files.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.files[middle]!.start <= byte) low = middle;
      else high = middle;
    }
    return low;
  }

  async slice(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const to = Math.min(end, this.byteLength);
    const bytes = new Uint8Array(Math.max(to - start, 0)).fill(0x0a);
    for (let index = this.indexAt(start); index < this.files.length; index++) {
      const file = this.files[index]!;
      if (file.start >= to) break;
      const from = Math.max(start - file.start, 0);
      const until = Math.min(to - file.start, file.range.byteLength);
      if (until <= from) continue;
      try {
        bytes.set(await file.range.slice(from, until, signal), file.start + from - start);
      } catch (thrown) {
        // Line feeds stand for what cannot be had, then and now: a position must mean the same whatever is damaged.
        if (!isDamage(thrown)) throw thrown;
      }
    }
    return bytes;
  }
}

export function joinFiles(ranges: readonly ByteRange[]): SourceFile {
  const range = new JoinedRange(ranges);
  return { range, storedBytes: range.byteLength, seekable: true };
}
