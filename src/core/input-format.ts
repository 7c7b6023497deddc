import { fileExtension } from './file-extension.ts';
import { JobError } from './job-error.ts';

export const INPUT_FORMATS = [
  'jsonl',
  'csv',
  'tsv',
  'text',
  'textfiles',
  'images',
  'parquet',
  'arrow',
  'openai',
] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** Columns of the format `images` that have a meaning here: a picture's path within the dataset, and its bytes. */
export const PATH_COLUMN = 'path';
export const IMAGE_COLUMN = 'image';

/** `windows-1252` is also what people call Latin-1. */
export const INPUT_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type InputEncoding = (typeof INPUT_ENCODINGS)[number];

// Maps, not objects: a file may be named `data.constructor`.
const INPUT_EXTENSIONS = new Map<string, InputFormat>([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['tab', 'tsv'],
  ['txt', 'text'],
  ['md', 'text'],
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
  ['arrow', 'arrow'],
  ['arrows', 'arrow'],
  ['feather', 'arrow'],
  ['ipc', 'arrow'],
  // Those that Chrome decodes, and those that people take for pictures all the same: they are told of, one by one.
  ...[
    'png',
    'apng',
    'jpg',
    'jpeg',
    'jfif',
    'webp',
    'gif',
    'bmp',
    'avif',
    'tif',
    'tiff',
    'heic',
    'heif',
    'jxl',
  ].map((extension) => [extension, 'images'] as const),
]);
/** An input as a spec names it. */
interface NamedInput {
  readonly path: string;
  readonly format?: InputFormat | undefined;
}

/** Without what says that the file is compressed: `rows.jsonl.gz` is JSONL. */
function unpackedName(path: string): string {
  return path.replace(/\.(?:gz|gzip|zst|zstd)$/i, '');
}

/** The input's format: as given, else by extension. @throws JobError `INPUT_FORMAT`. */
export function inputFormatOf(input: NamedInput): InputFormat {
  const format = input.format ?? INPUT_EXTENSIONS.get(fileExtension(unpackedName(input.path)));
  if (format !== undefined) return format;
  throw new JobError('INPUT_FORMAT', `Cannot tell the format of ${input.path} from its name.`, {
    hint: `Say --format ${INPUT_FORMATS.join(' or --format ')}.`,
  });
}

/** Whether a file's name says a format that is read. */
export function hasInputFormat(name: string): boolean {
  return INPUT_EXTENSIONS.has(fileExtension(unpackedName(name)));
}

/** Formats that files are named as another one for. */
const NAMED_AS = new Map<InputFormat, InputFormat>([
  ['textfiles', 'text'],
  ['openai', 'jsonl'],
]);

/** Whether a file's name says a format that is read, and that one where it is given. */
export function nameFits(name: string, format: InputFormat | null): boolean {
  if (format === null || !hasInputFormat(name)) return hasInputFormat(name);
  return inputFormatOf({ path: name }) === (NAMED_AS.get(format) ?? format);
}

/**
 * The format of a dataset of one or more files, by their names: text files that are not one file named as such are a row
 * each. @throws JobError `INPUT_FORMAT` when a name says none, or another one than the first.
 */
export function datasetFormatOf(names: readonly string[], several: boolean): InputFormat {
  const first = inputFormatOf({ path: names[0] ?? '' });
  const other = names.find((name) => inputFormatOf({ path: name }) !== first);
  if (other !== undefined)
    throw new JobError(
      'INPUT_FORMAT',
      `The input has files of different formats: ${names[0]} is ${first}, and ${other} is ${inputFormatOf({ path: other })}.`,
      {
        hint: `Choose files of one format, for example with a glob, "data/*.jsonl", or say which with --format.`,
      },
    );
  return first === 'text' && several ? 'textfiles' : first;
}
