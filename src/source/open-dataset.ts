import type { ByteRange } from '../core/byte-range.ts';
import type { ReadOptions } from './read-options.ts';
import type { SourceFile } from './source-format.ts';
import { joinFiles } from './join-files.ts';

/**
 * The files of a dataset as its format reads them. Which they are depends on the files and the options alone, so that a
 * position's `file` means the same at any time.
 */
export async function openDataset(
  files: readonly ByteRange[],
  { format }: Pick<ReadOptions, 'format'>,
  _signal: AbortSignal,
): Promise<readonly SourceFile[]> {
  if (format === 'textfiles') return [joinFiles(files)];
  return files.map((range) => ({ range, storedBytes: range.byteLength }));
}
