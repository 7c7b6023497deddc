import type { ByteRange } from '../core/byte-range.ts';
import { datasetFormatOf, type InputFormat } from '../core/job-spec.ts';
import { withoutZips } from './compressed/zip-members.ts';

/** The format of a dataset by the names of its files, those in archives too. @throws JobError `INPUT_FORMAT`. */
export async function datasetFormat(files: readonly ByteRange[], signal: AbortSignal): Promise<InputFormat> {
  const found = await withoutZips(files, signal);
  const isArchive = found.some((file, index) => file !== files[index]);
  return datasetFormatOf(
    found.map(({ name }) => name),
    isArchive || found.length > 1,
  );
}
