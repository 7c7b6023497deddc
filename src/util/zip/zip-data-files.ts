import type { ByteRange } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { hasInputFormat } from '../../core/job-spec.ts';
import { readZipDirectory, type ZipEntry } from './read-zip-directory.ts';

/**
 * The files of an archive whose names say a format that is read, in the order of their names; hidden ones left out. Names
 * are names only: nothing is ever written to them.
 * @throws JobError `INPUT_FORMAT` when there is none, or one that cannot be unpacked.
 */
export async function zipDataFiles(range: ByteRange, signal?: AbortSignal): Promise<readonly ZipEntry[]> {
  const all = await readZipDirectory(range, signal);
  const files = all.filter(({ name }) => hasInputFormat(name) && !/(?:^|\/)(?:\.|__MACOSX\/)/.test(name));
  if (files.length === 0)
    throw new JobError(
      'INPUT_FORMAT',
      `${range.name} has no file in it of a format that is read (${all.length} files in all).`,
      { hint: 'Archives of JSONL, CSV, TSV and text are read as they are. No task reads images yet.' },
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
