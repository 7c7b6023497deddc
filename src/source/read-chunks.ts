import type { ByteRange } from '../core/byte-range.ts';
import type { Chunk, ReadPosition } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import { FirstRecordsCheck } from './first-records-check.ts';
import { ChunkBuilder } from './chunk-builder.ts';
import { formatNamed } from './formats.ts';
import { columnsToRead, readLimits, type ReadOptions } from './read-options.ts';
import type { RecordReader } from './source-format.ts';
import { SpanHash } from './span-hash.ts';

const START: ReadPosition = { chunk: 0, row: 0, byte: 0, line: 1 };

/**
 * The chunks of one file of a dataset, in order, from its start (`from` null, or a position at byte 0) or from where any chunk
 * ended. The same bytes and options always give the same chunks, however they are read and wherever reading began.
 * The last chunk ends at the last byte, so `end.byte === range.byteLength` says that nothing follows; reading on from
 * there gives no chunk.
 *
 * Holds about one chunk and two blocks of the source; of a long record, `maxRowBytes` as bytes and as text; while it
 * passes over a larger one, at most 64 MiB.
 *
 * @throws JobError `INPUT_EMPTY`, `INPUT_FORMAT` or `COLUMN_MISSING` before the first chunk, when reading from the
 * start; `INPUT_CHANGED` when the source ends before `from`; whatever the byte range throws; AbortError when the signal is aborted.
 */
export async function* readChunks(
  range: ByteRange,
  options: ReadOptions,
  from: ReadPosition | null,
  signal: AbortSignal,
  onOpen?: (reader: RecordReader) => void,
): AsyncGenerator<Chunk, void, undefined> {
  const { maxRows, maxBytes, maxRowBytes, blockBytes } = readLimits(options);
  const start = from ?? START;
  // Not at byte 0: an empty file is to be told, also when its start is given as a position.
  if (start.byte > 0 && start.byte === range.byteLength) return;
  if (start.byte > range.byteLength) {
    throw new JobError(
      'INPUT_CHANGED',
      `${range.name} is shorter than it was: it has ${range.byteLength} bytes, and row ${start.row} was at byte ${start.byte}.`,
    );
  }
  // Reading ahead ends with the reader, also when the consumer leaves early.
  const closing = new AbortController();
  const reading = AbortSignal.any([signal, closing.signal]);
  try {
    const reader = await formatNamed(options.format).open(
      range,
      { columns: columnsToRead(options), maxRowBytes, blockBytes, parse: options.parse ?? {} },
      reading,
    );
    onOpen?.(reader);
    const { facts } = reader;
    const hash = new SpanHash(range, start.byte, reading);
    const cursor = reader.read(start, reading, hash.push);
    let check = start.byte === 0 ? new FirstRecordsCheck(range, options, reader) : null;
    let builder = new ChunkBuilder(options, start);
    for (;;) {
      const record = cursor.next();
      if (record === null) {
        if (!(await cursor.fill())) break;
        continue;
      }
      const full = builder.recordCount >= maxRows || record.byteEnd - builder.start.byte > maxBytes;
      const follows = record.kind === 'row' && record.follows === true;
      if (full && !follows && builder.recordCount > 0) {
        await check?.finish(signal);
        check = null;
        const { end } = builder;
        yield { ...(await built(builder, end, hash)), facts };
        signal.throwIfAborted();
        builder = new ChunkBuilder(options, end);
      }
      builder.add(record, cursor.utf8);
      check?.add(record);
    }
    await check?.finish(signal);
    if (builder.recordCount === 0) return;
    const end = { ...builder.end, byte: range.byteLength, line: cursor.line };
    yield { ...(await built(builder, end, hash)), facts };
  } finally {
    closing.abort();
  }
}

/** The chunk, packed while its source is hashed in another thread. */
async function built(builder: ChunkBuilder, end: ReadPosition, hash: SpanHash): Promise<Chunk> {
  const hashing = hash.next(end.byte);
  const chunk = builder.build(end);
  return { ...chunk, sourceSha256: await hashing };
}
