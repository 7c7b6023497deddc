import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { hasInputFormat, nameFits, type InputFormat } from '../../core/input-format.ts';
import { readZipDirectory, type ZipEntry } from './read-zip-directory.ts';

/**
 * The files of an archive whose names say a format that is read, in the order of their names; hidden ones left out. Where a format is
 * given, they are pictures if it is that of pictures, and none of them if it is another. Names
 * are names only: nothing is ever written to them.
 * @throws JobError `INPUT_FORMAT` when there is none, or one that cannot be unpacked.
 */
export async function zipDataFiles(
  range: ByteRange,
  format: InputFormat | null,
  signal?: AbortSignal,
): Promise<readonly ZipEntry[]> {
  const all = await readZipDirectory(range, signal);
  const files = all.filter(({ name }) => isWanted(name, format) && !/(?:^|\/)(?:\.|__MACOSX\/)/.test(name));
  if (files.length === 0)
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} has no ${format === 'images' ? 'picture' : 'file'} in it of a format that is read (${all.length} files in all).`,
      { hint: 'Archives of JSONL, CSV, TSV, text and pictures are read as they are.' },
    );
  for (const { name, method, encrypted } of files) {
    const why = encrypted
      ? 'is encrypted'
      : method === 0 || method === 8
        ? null
        : `is packed with method ${method}`;
    if (why !== null)
      throw new JobError('INPUT_FORMAT', `${range.name}: ${name} ${why}, which cannot be read here.`, {
        hint: 'Unpack the archive first.',
      });
  }
  return files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isWanted(name: string, format: InputFormat | null): boolean {
  return hasInputFormat(name) && (format === null || nameFits(name, 'images') === (format === 'images'));
}
