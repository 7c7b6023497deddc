import { fileExtension } from './file-extension.ts';
import type { InputFormat } from './input-format.ts';
import { JobError } from './job-error.ts';

/** `auto`: Zstandard for everything but vectors, which it makes little smaller and several times slower to write. */
export const COMPRESSIONS = ['auto', 'zstd', 'none'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export const OUTPUT_FORMATS = ['parquet', 'arrow', 'arrows', 'npy', 'jsonl', 'csv', 'openai'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
/** Those with a row for each row of the dataset; the others answer requests. */
export type TableFormat = Exclude<OutputFormat, 'openai'>;

// A map, not an object: a file may be named `data.constructor`.
const OUTPUT_EXTENSIONS = new Map<string, OutputFormat>([
  ...OUTPUT_FORMATS.filter((format) => format !== 'openai').map((format) => [format, format] as const),
  ['feather', 'arrow'],
  ['ndjson', 'jsonl'],
]);

/** An output as a spec names it. */
interface NamedOutput {
  readonly path: string;
  readonly format?: OutputFormat | undefined;
}

/** What the names of such files end with. */
export function outputExtension(format: OutputFormat): string {
  return format === 'openai' ? 'jsonl' : format;
}

/** The output's format: as given, else by extension; JSON Lines of OpenAI Batch requests are answers in kind. @throws JobError `SPEC_INVALID`. */
export function outputFormatOf(output: NamedOutput, inputFormat?: InputFormat): OutputFormat {
  const named = OUTPUT_EXTENSIONS.get(fileExtension(output.path));
  const format = output.format ?? (named === 'jsonl' && inputFormat === 'openai' ? 'openai' : named);
  if (format !== undefined) return format;
  throw new JobError('SPEC_INVALID', `Cannot tell the output format of ${output.path} from its name.`, {
    hint: `Name the output .${[...new Set(OUTPUT_FORMATS.map(outputExtension))].join(', .')} or say --out-format.`,
  });
}
