import type { ByteRange } from '../core/byte-range.ts';
import type { Chunk, ReadPosition } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import { checkDeclaredColumns } from './check-declared-columns.ts';
import { openDataset } from './open-dataset.ts';
import { readChunks } from './read-chunks.ts';
import { columnsToRead, type ReadOptions } from './read-options.ts';
import type { RecordReader } from './source-format.ts';

const START: ReadPosition = { chunk: 0, row: 0, byte: 0, line: 1 };

/**
 * The chunks of a dataset, file after file, from its start (`from` null) or from where any chunk began or ended. Rows and
 * chunks are numbered through. Files without a row are passed over where others have rows.
 * @param onOpen called with each file's name and how it is read
 * @throws as `readChunks` does, for each file; before the first chunk of several files, `COLUMN_MISSING` for any file that
 * says itself that it lacks one.
 */
export async function* readDataset(
  files: readonly ByteRange[],
  options: ReadOptions,
  from: ReadPosition | null,
  signal: AbortSignal,
  onOpen?: (name: string, reader: RecordReader) => void,
): AsyncGenerator<Chunk, void, undefined> {
  const opened = await openDataset(files, options.format, columnsToRead(options), signal);
  const several = opened.length > 1;
  if (several && from === null) await checkDeclaredColumns(opened, options, signal);
  let next = from ?? START;
  let bytesBefore = 0;
  for (const [index, { range, storedBytes, storedBefore }] of opened.entries()) {
    const file = next.file ?? 0;
    if (index >= file) {
      if (index > file) next = { ...next, file: index, byte: 0, line: 1 };
      const named = several ? { ...options, fileName: range.name } : options;
      const chunks = readChunks(range, named, next, signal, (reader) => onOpen?.(range.name, reader));
      try {
        for await (const chunk of chunks) {
          const { byte } = chunk.end;
          next = chunk.end;
          yield { ...chunk, bytesRead: bytesBefore + Math.min(storedBefore?.(byte) ?? byte, storedBytes) };
        }
      } catch (thrown) {
        if (!several || !(thrown instanceof JobError) || thrown.code !== 'INPUT_EMPTY') throw thrown;
      }
    }
    bytesBefore += storedBytes;
  }
  if (several && next.row === 0)
    throw new JobError('INPUT_EMPTY', `None of the ${opened.length} files of the input has a row.`);
}
