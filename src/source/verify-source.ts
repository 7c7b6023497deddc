import type { ByteRange } from '../core/byte-range.ts';
import type { Chunk } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import { openDataset } from './open-dataset.ts';
import { columnsToRead, type ReadOptions } from './read-options.ts';
import { ByteWindow } from './byte-window.ts';
import { isHashedRange, SpanHash } from './span-hash.ts';

const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Reads the files of chunks again and compares them with what they were.
 * @param chunks in order; parts between them are passed over
 * @throws JobError `INPUT_CHANGED` naming the first rows that differ.
 */
export async function verifyDataset(
  files: readonly ByteRange[],
  options: ReadOptions,
  chunks: readonly ChunkSource[],
  signal: AbortSignal,
): Promise<void> {
  const opened = await openDataset(files, options.format, columnsToRead(options), signal);
  for (let first = 0; first < chunks.length;) {
    const file = chunks[first]!.start.file ?? 0;
    let end = first + 1;
    while (end < chunks.length && (chunks[end]!.start.file ?? 0) === file) end++;
    const range = opened[file]?.range;
    if (range === undefined)
      throw new JobError(
        'INPUT_CHANGED',
        `The input has ${opened.length} files now, and had ${file + 1} or more.`,
      );
    await verifyChunkSource(range, chunks.slice(first, end), signal);
    first = end;
  }
}

/** The part of a chunk that says what its source bytes were. */
export type ChunkSource = Pick<Chunk, 'start' | 'end' | 'sourceSha256'>;

/**
 * Reads the source of chunks again and compares it with what it was.
 * @param chunks in order; parts between them are passed over
 * @param onProgress bytes compared so far, and in all
 * @throws JobError `INPUT_CHANGED` naming the first rows that differ.
 */
export async function verifyChunkSource(
  range: ByteRange,
  chunks: readonly ChunkSource[],
  signal: AbortSignal,
  onProgress?: (bytesDone: number, bytesTotal: number) => void,
): Promise<void> {
  let bytesTotal = 0;
  for (const { start, end } of chunks) bytesTotal += end.byte - start.byte;
  let bytesDone = 0;
  let at = -1;
  let hash: SpanHash | null = null;
  let window: ByteWindow | null = null;
  for (const chunk of chunks) {
    const { start, end } = chunk;
    if (end.byte > range.byteLength) throw changed(range, chunk, `it has only ${range.byteLength} bytes now`);
    if (hash === null || window === null || start.byte !== at) {
      hash = new SpanHash(range, start.byte, signal);
      window = new ByteWindow(range, {
        from: start.byte,
        blockBytes: BLOCK_BYTES,
        signal,
        onBlock: hash.push,
      });
    }
    while (window.end < end.byte && !isHashedRange(range)) {
      // What is compressed tells its length only at its end.
      if (window.ended) throw changed(range, chunk, `it has only ${range.byteLength} bytes now`);
      await window.fill();
      // The hash keeps what it needs.
      window.drop(window.end);
    }
    at = end.byte;
    if ((await hash.next(at)) !== chunk.sourceSha256)
      throw changed(range, chunk, 'their text is not what it was');
    bytesDone += end.byte - start.byte;
    onProgress?.(bytesDone, bytesTotal);
  }
}

function changed(range: ByteRange, { start, end }: ChunkSource, reason: string): JobError {
  return new JobError(
    'INPUT_CHANGED',
    `${range.name} has changed since this job read it: rows ${start.row} to ${end.row - 1} (from line ${start.line}, bytes ${start.byte} to ${end.byte - 1}): ${reason}.`,
    {
      hint: 'Put the file back as it was, or start a new job.',
      details: { firstRow: start.row, lastRow: end.row - 1 },
    },
  );
}
