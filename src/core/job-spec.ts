import { z } from './zod.ts';
import { JobError } from './job-error.ts';

export const INPUT_FORMATS = ['jsonl', 'csv'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

export const OUTPUT_FORMATS = ['parquet', 'arrow', 'arrows', 'npy', 'jsonl', 'csv'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const DEVICE_CHOICES = ['auto', 'webgpu', 'wasm'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** Names that Millrace writes itself beside the kept columns. */
export const RESERVED_COLUMNS = ['row', 'embedding'] as const;

/** More rows than any dataset may have. */
export const MAX_ROWS_PER_FILE = 2 ** 32;

export const MAX_BATCH_TOKENS = 100_000_000;

const column = z.string().min(1).max(512);

/**
 * What a job is: one JSON object that the page exports and `millrace run --job` reads, and the other way round.
 * Paths are as the user gave them: relative ones are relative to the folder of the spec file, or to the working directory.
 */
export const jobSpecSchema = z
  .strictObject({
    version: z.literal(1).default(1),
    input: z.strictObject({
      path: z.string().min(1),
      /** Left out: from the file name. */
      format: z.enum(INPUT_FORMATS).optional(),
      textColumn: column.default('text'),
      idColumn: column.nullable().default(null),
      /** Input columns copied beside the predictions, in this order. */
      keep: z.array(column).max(1000).default([]),
    }),
    /** A Hugging Face model directory, or `demo` for the embedded model. */
    model: z.strictObject({ path: z.string().min(1) }),
    task: z
      .strictObject({
        kind: z.literal('embed').default('embed'),
        /** Most tokens of a row, special tokens included; left out: as the model says. */
        maxLength: z.number().int().min(3).max(1_000_000).optional(),
        /** L2-normalise; left out: as the model says. */
        normalize: z.boolean().optional(),
      })
      .prefault({}),
    device: z.enum(DEVICE_CHOICES).default('auto'),
    /** Most padded tokens a batch may hold (rows x padded length); `auto`: as is fastest on the job's first rows. */
    batchTokens: z
      .union([z.literal('auto'), z.number().int().min(1).max(MAX_BATCH_TOKENS)], {
        error: `expected "auto" or a whole number from 1 to ${MAX_BATCH_TOKENS}`,
      })
      .default('auto'),
    /** Run rows with the same tokens once, where they are planned together; each row still gets its own result. */
    dedupe: z.boolean().default(true),
    output: z.strictObject({
      path: z.string().min(1),
      /** Left out: from the file name. */
      format: z.enum(OUTPUT_FORMATS).optional(),
      /** Results in files of so many rows, in a folder at `path`. */
      rowsPerFile: z.number().int().min(1).max(MAX_ROWS_PER_FILE).optional(),
      /** CSV: an apostrophe before text that a spreadsheet would run as a formula. */
      csvGuard: z.boolean().optional(),
    }),
  })
  .check((context) => {
    const { keep, idColumn } = context.value.input;
    const names = idColumn === null ? keep : [idColumn, ...keep];
    for (const reserved of RESERVED_COLUMNS) {
      if (names.includes(reserved)) {
        context.issues.push({
          code: 'custom',
          input: context.value,
          path: ['input', 'keep'],
          message: `column "${reserved}" cannot be kept: Millrace writes a column of that name itself`,
        });
      }
    }
  });

export type JobSpec = z.infer<typeof jobSpecSchema>;

/** Checks a spec that came from outside. @throws JobError `SPEC_INVALID`, naming each field that is wrong. */
export function parseJobSpec(value: unknown): JobSpec {
  const parsed = jobSpecSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'spec'}: ${issue.message}`);
  throw new JobError('SPEC_INVALID', `The job spec is not valid: ${reasons.join('; ')}.`, {
    hint: 'See `millrace run --help` or the job-spec section of the README.',
    cause: parsed.error,
  });
}

/** `id` column first, then the kept ones, each once: the columns of the output in order. */
export function keptColumns(input: Pick<JobSpec['input'], 'idColumn' | 'keep'>): readonly string[] {
  return [...new Set(input.idColumn === null ? input.keep : [input.idColumn, ...input.keep])];
}

// Maps, not objects: a file may be named `data.constructor`.
const INPUT_EXTENSIONS = new Map<string, InputFormat>([
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['csv', 'csv'],
]);
const OUTPUT_EXTENSIONS = new Map<string, OutputFormat>([
  ...OUTPUT_FORMATS.map((format) => [format, format] as const),
  ['feather', 'arrow'],
  ['ndjson', 'jsonl'],
]);

function extensionOf(path: string): string {
  return /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
}

/** The input's format: as given, else by extension. @throws JobError `INPUT_FORMAT`. */
export function inputFormatOf(input: Pick<JobSpec['input'], 'path' | 'format'>): InputFormat {
  const format = input.format ?? INPUT_EXTENSIONS.get(extensionOf(input.path));
  if (format !== undefined) return format;
  throw new JobError('INPUT_FORMAT', `Cannot tell the format of ${input.path} from its name.`, {
    hint: `Say --format ${INPUT_FORMATS.join(' or --format ')}.`,
  });
}

/** The output's format: as given, else by extension. @throws JobError `SPEC_INVALID`. */
export function outputFormatOf(output: Pick<JobSpec['output'], 'path' | 'format'>): OutputFormat {
  const format = output.format ?? OUTPUT_EXTENSIONS.get(extensionOf(output.path));
  if (format !== undefined) return format;
  throw new JobError('SPEC_INVALID', `Cannot tell the output format of ${output.path} from its name.`, {
    hint: `Name the output .${OUTPUT_FORMATS.join(', .')} or say --out-format.`,
  });
}
