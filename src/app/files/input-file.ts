import type { DatasetRef } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { hasInputFormat } from '../../core/job-spec.ts';

type NamedFile = { readonly name: string; readonly file: File };

/** A dataset that the user chose. */
export type PickedInput = {
  /** As shown, and as a job spec names it: of the file, or of the folder. */
  readonly name: string;
  readonly folder: boolean;
  /** In the order of their names; at least one. */
  readonly files: readonly NamedFile[];
  readonly byteLength: number;
  /** Kept for a resume in a later session; null where the browser gave only files, and for several. */
  readonly handle: FileSystemHandle | null;
};

/** Whoever chooses a home folder by mistake should not wait for all of it. */
const MOST_FILES = 100_000;
const MOST_LEVELS = 16;

/** @throws JobError `INPUT_FORMAT` for a folder without a dataset in it. */
export async function inputFromHandle(handle: FileSystemHandle): Promise<PickedInput> {
  if (handle.kind === 'file')
    return { ...inputFromFile(await (handle as FileSystemFileHandle).getFile()), handle };
  const files: NamedFile[] = [];
  await collect(handle as FileSystemDirectoryHandle, '', 1, files);
  if (files.length === 0)
    throw new JobError('INPUT_FORMAT', `The folder ${handle.name} has no file of a format that is read.`, {
      hint: 'Choose a folder of JSON Lines, CSV, TSV or text files. No task reads images yet.',
    });
  return picked(handle.name, true, files, handle);
}

export function inputFromFile(file: File): PickedInput {
  return picked(file.name, false, [{ name: file.name, file }], null);
}

/** Several files that were chosen together. */
export function inputFromFiles(files: readonly File[]): PickedInput {
  const named = files.map((file) => ({ name: file.name, file }));
  const input = picked('', false, named, null);
  return { ...input, name: input.files[0]!.name };
}

/** How the workers read it; the page itself never does. */
export function inputRef(input: PickedInput): DatasetRef {
  return input.files.map(({ name, file }) => ({ kind: 'blob', name, blob: file }));
}

/** `docs.jsonl`, `docs.jsonl and 3 more`, `folder (4 files)`. */
export function inputLabel({ name, folder, files }: PickedInput): string {
  if (folder) return `${name} (${files.length} ${files.length === 1 ? 'file' : 'files'})`;
  return files.length === 1 ? name : `${name} and ${files.length - 1} more`;
}

function picked(
  name: string,
  folder: boolean,
  files: readonly NamedFile[],
  handle: FileSystemHandle | null,
): PickedInput {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byteLength = files.reduce((sum, { file }) => sum + file.size, 0);
  return { name, folder, files: sorted, byteLength, handle };
}

async function collect(
  folder: FileSystemDirectoryHandle,
  prefix: string,
  level: number,
  files: NamedFile[],
): Promise<void> {
  for await (const [name, entry] of folder.entries()) {
    if (name.startsWith('.')) continue;
    if (entry.kind === 'directory') {
      if (level < MOST_LEVELS) await collect(entry, `${prefix}${name}/`, level + 1, files);
    } else if (hasInputFormat(name)) {
      files.push({ name: prefix + name, file: await entry.getFile() });
      if (files.length > MOST_FILES)
        throw new JobError('INPUT_FORMAT', `The folder has more than ${MOST_FILES} files.`, {
          hint: 'Choose a folder further down.',
        });
    }
  }
}
