import type { DatasetRef } from '../../core/byte-range.ts';
import { JobError } from '../../core/job-error.ts';
import { hasInputFormat } from '../../core/input-format.ts';

type NamedFile = { readonly name: string; readonly file: File };

/** A dataset that the user chose. */
export type PickedInput = {
  /** As shown, and as a job spec names it: of the file, or of the folder. */
  readonly name: string;
  readonly folder: boolean;
  /** In the order of their names; at least one. */
  readonly files: readonly NamedFile[];
  readonly byteLength: number;
  /** Of the folder or of each file, kept for a resume in a later session; none where the browser gave only files. */
  readonly handles: readonly FileSystemHandle[];
};

/** Whoever chooses a home folder by mistake should not wait for all of it. */
const MOST_FILES = 100_000;
const MOST_LEVELS = 16;

/** @throws JobError `INPUT_FORMAT` for a folder without a dataset in it. */
export async function inputFromHandle(handle: FileSystemHandle): Promise<PickedInput> {
  if (handle.kind === 'file')
    return { ...inputFromFile(await (handle as FileSystemFileHandle).getFile()), handles: [handle] };
  const files: NamedFile[] = [];
  await collect(handle as FileSystemDirectoryHandle, '', 1, files);
  if (files.length === 0) throw noDataset(handle.name);
  return picked(handle.name, true, files, [handle]);
}

/** A folder, a file, or several files that were chosen together. @throws JobError as `inputFromHandle`. */
export async function inputFromHandles(handles: readonly FileSystemHandle[]): Promise<PickedInput> {
  return together(await Promise.all(handles.map(inputFromHandle)));
}

/** Several inputs of one file each as one of several files; a single one as it is. */
export function together(inputs: readonly PickedInput[]): PickedInput {
  const [first] = inputs;
  if (first === undefined) throw new TypeError('expected at least one input, got none');
  if (inputs.length === 1) return first;
  const several = inputFromFiles(inputs.flatMap(({ files }) => files.map(({ file }) => file)));
  // Some of the files alone would be another dataset.
  const all = inputs.every(({ handles }) => handles.length > 0);
  return { ...several, handles: all ? inputs.flatMap(({ handles }) => handles) : [] };
}

export function inputFromFile(file: File): PickedInput {
  return picked(file.name, false, [{ name: file.name, file }], []);
}

/** From `<input type="file" webkitdirectory>`. @throws JobError `INPUT_FORMAT` as for a folder's handle. */
export function inputFromFolder(list: readonly File[]): PickedInput {
  const paths = list.map((file) => ({ file, parts: file.webkitRelativePath.split('/') }));
  const name = paths[0]?.parts[0] ?? '';
  const files = paths
    .filter(({ parts }) => hasInputFormat(parts.at(-1) ?? '') && !parts.some((part) => part.startsWith('.')))
    .map(({ file, parts }) => ({ name: parts.slice(1).join('/'), file }));
  if (files.length === 0) throw noDataset(name);
  return picked(name, true, files, []);
}

/** Several files that were chosen together. */
export function inputFromFiles(files: readonly File[]): PickedInput {
  const named = files.map((file) => ({ name: file.name, file }));
  const input = picked('', false, named, []);
  return { ...input, name: input.files[0]!.name };
}

function noDataset(folder: string): JobError {
  return new JobError('INPUT_FORMAT', `The folder ${folder} has no file of a format that is read.`, {
    hint: 'Choose a folder of JSON Lines, CSV, TSV, Parquet, Arrow or text files, or of pictures.',
  });
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
  handles: readonly FileSystemHandle[],
): PickedInput {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const byteLength = files.reduce((sum, { file }) => sum + file.size, 0);
  return { name, folder, files: sorted, byteLength, handles };
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
