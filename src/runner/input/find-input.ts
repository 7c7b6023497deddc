import { stat } from 'node:fs/promises';
import { basename, dirname, extname, relative, sep } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import {
  datasetFormatOf,
  hasInputFormat,
  inputFormatOf,
  nameFits,
  type InputFormat,
} from '../../core/input-format.ts';
import { type JobSpec } from '../../core/job-spec.ts';
import { servedFile, type ServedFile } from '../server/served-file.ts';
import { imageKindOf } from '../../util/image/read-image-header.ts';
import { zipDataFiles } from '../../util/zip/zip-data-files.ts';
import { fileByteRange } from './file-byte-range.ts';
import { globBase, globPattern, isGlob } from './glob-pattern.ts';
import { isOpenaiBatch } from './is-openai-batch.ts';
import { isFile, walkFolder } from './walk-folder.ts';

/** A dataset as it lies on disk. */
export type FoundInput = {
  /** In the order of their paths; at least one. */
  readonly files: readonly ServedFile[];
  readonly format: InputFormat;
  /** Files of a folder that are of no format that is read. */
  readonly skipped: number;
};

type InputPaths = Pick<JobSpec['input'], 'path' | 'morePaths' | 'format'>;

const AT_ONCE = 64;

/**
 * The files that a job's input names: files, folders (all files in them whose names say a format) and globs.
 * @throws JobError `INPUT_NOT_FOUND`, `INPUT_FORMAT` when it cannot be told or differs.
 */
export async function findInput(input: InputPaths): Promise<FoundInput> {
  const paths = new Set<string>();
  let skipped = 0;
  let isOne = input.morePaths === undefined || input.morePaths.length === 0;
  for (const path of [input.path, ...(input.morePaths ?? [])]) {
    const named = await filesOf(path);
    if (named.kind !== 'file') isOne = false;
    const wanted = named.kind === 'folder' ? await wantedOf(named.files, input.format ?? null) : named.files;
    if (wanted.length === 0) throw nothingIn(path, named.files);
    skipped += named.files.length - wanted.length;
    for (const file of wanted) paths.add(file);
  }
  const sorted = [...paths].sort();
  const format = input.format ?? (await formatOf(sorted, !isOne));
  const files: ServedFile[] = [];
  const top = sorted.length === 1 ? dirname(sorted[0]!) : commonFolder(sorted);
  for (let first = 0; first < sorted.length; first += AT_ONCE) {
    const some = sorted.slice(first, first + AT_ONCE).map(async (path) => {
      const name = relative(top, path).split(sep).join('/');
      return { ...(await servedFile(path)), name: name === '' ? basename(path) : name };
    });
    files.push(...(await Promise.all(some)));
  }
  return { files, format, skipped };
}

type Named = { readonly kind: 'file' | 'folder' | 'glob'; readonly files: readonly string[] };

async function filesOf(path: string): Promise<Named> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return { kind: 'folder', files: await walkFolder(path) };
  if (found?.isFile()) return { kind: 'file', files: [path] };
  if (found !== null)
    throw new JobError('INPUT_NOT_FOUND', `The input ${path} is neither a file nor a folder.`, {
      hint: 'For what another program writes: `… | millrace run - --format jsonl`.',
    });
  if (!isGlob(path))
    throw new JobError('INPUT_NOT_FOUND', `There is no input file ${path}.`, { hint: 'Check the path.' });
  const glob = path.split(sep).join('/');
  const pattern = globPattern(glob);
  const all = await walkFolder(globBase(glob)).catch(() => []);
  return { kind: 'glob', files: all.filter((file) => pattern.test(file.split(sep).join('/'))) };
}

/** The files of a folder that are of a format; a picture may have any name that says nothing else. */
async function wantedOf(paths: readonly string[], format: InputFormat | null): Promise<readonly string[]> {
  const wanted: string[] = [];
  for (const path of paths) {
    if (isArchive(path) || nameFits(path, format)) wanted.push(path);
    else if (format === 'images' && !hasInputFormat(path) && (await isImage(path))) wanted.push(path);
  }
  return wanted;
}

async function isImage(path: string): Promise<boolean> {
  const range = await fileByteRange(path);
  return imageKindOf(await range.slice(0, 16)) !== null;
}

function isArchive(path: string): boolean {
  return path.toLowerCase().endsWith('.zip');
}

/** By the names of the files, of those in archives too. */
async function formatOf(paths: readonly string[], several: boolean): Promise<InputFormat> {
  const names: string[] = [];
  for (const path of paths) {
    if (!isArchive(path)) names.push(path);
    else
      for (const { name } of await zipDataFiles(await fileByteRange(path), null))
        names.push(`${path}/${name}`);
  }
  return datasetFormatOf(names, several || names.length > 1 || paths.some(isArchive));
}

function nothingIn(path: string, files: readonly string[]): JobError {
  if (files.length === 0)
    return new JobError('INPUT_NOT_FOUND', `The input ${path} has no files in it.`, {
      hint: 'Check the path.',
    });
  const kinds = [...new Set(files.map((file) => extname(file) || basename(file)))].slice(0, 5).join(', ');
  return new JobError('INPUT_FORMAT', `The input ${path} has no file of a format that is read: ${kinds}.`, {
    hint: 'Say what they are with --format and a glob.',
  });
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (
    !paths.every((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) &&
    folder !== dirname(folder)
  )
    folder = dirname(folder);
  return folder;
}

/**
 * The format of an input that may not be there yet: by its name then. JSON Lines that begin like OpenAI Batch requests are
 * taken for them. @throws JobError `INPUT_FORMAT`.
 */
export async function inputFormatOnDisk(input: InputPaths): Promise<InputFormat> {
  if (input.format !== undefined) return input.format;
  const isPlain = (input.morePaths ?? []).length === 0 && !isGlob(input.path);
  if (isPlain && !isArchive(input.path)) {
    const isThere = await isFile(input.path);
    if (isThere || (await stat(input.path).catch(() => null)) === null) {
      const format = inputFormatOf(input);
      return format === 'jsonl' && isThere && (await isOpenaiBatch([input.path])) ? 'openai' : format;
    }
  }
  const { format, files } = await findInput(input);
  const paths = files.map(({ path }) => path);
  return format === 'jsonl' && !paths.some(isArchive) && (await isOpenaiBatch(paths)) ? 'openai' : format;
}
