import { z } from './zod.ts';
import { DTYPE_CHOICES } from './dtype.ts';
import { ACTIVATIONS, INT8_NEEDS_NORMALIZED, notInBytes } from './finish.ts';
import { INPUT_ENCODINGS, INPUT_FORMATS } from './input-format.ts';
import { JobError } from './job-error.ts';
import {
  LONG_CHOICES,
  longTextsOf,
  OVERLAP_NEEDS_WINDOWS,
  POOL_NEEDS_VECTORS,
  WINDOW_COLUMNS,
} from './long-texts.ts';
import { maxQuarantineSchema } from './max-quarantine.ts';
import { BATCH_COLUMNS, KEPT_BATCH_COLUMNS } from './openai/batch-columns.ts';
import { COMPRESSIONS, OUTPUT_FORMATS } from './output-format.ts';
import { VECTOR_ELEMENTS } from './result-output.ts';

export const DEVICE_CHOICES = ['auto', 'webgpu', 'wasm'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

export const TASK_KINDS = ['embed', 'classify'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** By task: names that Millrace writes itself beside the kept columns. */
export const RESERVED_COLUMNS: Readonly<Record<TaskKind, readonly string[]>> = {
  embed: ['row', 'embedding'],
  classify: ['row', 'label', 'score', 'labels', 'scores'],
};

/** Names that a task as it is set writes beside the kept columns. */
export function reservedColumns(task: { readonly kind: TaskKind }): readonly string[] {
  const windows = longTextsOf(task).long === 'split' ? WINDOW_COLUMNS : [];
  return [...RESERVED_COLUMNS[task.kind], ...windows];
}

/** By task: what its output is called where the user does not say. */
export const OUTPUT_WORD: Readonly<Record<TaskKind, string>> = { embed: 'vectors', classify: 'labels' };

/** More rows than any dataset may have. */
export const MAX_ROWS_PER_FILE = 2 ** 32;

export const MAX_BATCH_TOKENS = 100_000_000;
export const MAX_DIMENSIONS = 1_000_000;
export const MAX_TOP_K = 1000;

const column = z.string().min(1).max(512);

/** Most tokens of a row, special tokens included; left out: as the model says. */
const maxLength = z.number().int().min(3).max(1_000_000).optional();

/** What becomes of a text longer than that; left out: truncate. */
const long = z.enum(LONG_CHOICES).optional();
/** Most tokens that a window of a text has in common with the one before; left out: an eighth of a window. */
const overlap = z.number().int().min(0).max(1_000_000).optional();

const embedTaskSchema = z
  .strictObject({
    kind: z.literal('embed').default('embed'),
    maxLength,
    long,
    overlap,
    /** L2-normalise; left out: as the model says. */
    normalize: z.boolean().optional(),
    /** How a vector's values are written; left out: float32. */
    precision: z.enum(VECTOR_ELEMENTS).optional(),
    /** Keep the first so many values of a vector (Matryoshka), normalised after the cut; left out: all. */
    dimensions: z.number().int().min(1).max(MAX_DIMENSIONS).optional(),
  })
  .check((context) => {
    const { precision, dimensions, normalize } = context.value;
    const refuse = (name: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [name], message });
    if (precision === 'binary' && dimensions !== undefined && dimensions % 8 !== 0)
      refuse('dimensions', notInBytes(dimensions));
    if (precision === 'int8' && normalize === false) refuse('precision', INT8_NEEDS_NORMALIZED);
    if (overlapsNothing(context.value)) refuse('overlap', OVERLAP_NEEDS_WINDOWS);
  });

const classifyTaskSchema = z
  .strictObject({
    kind: z.literal('classify'),
    maxLength,
    long,
    overlap,
    /** Labels a row, best first. */
    topK: z.number().int().min(1).max(MAX_TOP_K).default(1),
    /** How outputs become scores; left out: as the model's problem type says. */
    activation: z.enum(ACTIVATIONS).optional(),
  })
  .check((context) => {
    const refuse = (name: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [name], message });
    if (context.value.long === 'pool') refuse('long', POOL_NEEDS_VECTORS);
    if (overlapsNothing(context.value)) refuse('overlap', OVERLAP_NEEDS_WINDOWS);
  });

function overlapsNothing(task: object): boolean {
  const { long, overlap } = longTextsOf(task);
  return overlap !== null && long === 'truncate';
}

/**
 * What a job is: one JSON object that the page exports and `millrace run --job` reads, and the other way round.
 * Paths are as the user gave them: relative ones are relative to the folder of the spec file, or to the working directory.
 */
export const jobSpecSchema = z
  .strictObject({
    version: z.literal(1).default(1),
    input: z.strictObject({
      /** A file, a folder, or a glob. */
      path: z.string().min(1),
      /** More of them, of the same format; all are one dataset, in the order of their paths. */
      morePaths: z.array(z.string().min(1)).max(10_000).optional(),
      /** Left out: from the file names. */
      format: z.enum(INPUT_FORMATS).optional(),
      /** Of a text file; left out: found out. */
      encoding: z.enum(INPUT_ENCODINGS).optional(),
      /** Between the fields of a CSV file; left out: found out. */
      delimiter: z
        .string()
        .regex(/^[^"\r\n]$/, 'expected one character that is no quote or line end')
        .optional(),
      /** Whether the first line of a CSV file names the columns (`c1`, `c2`, … when it does not); left out: it does. */
      header: z.boolean().optional(),
      textColumn: column.default('text'),
      idColumn: column.nullable().default(null),
      /** Input columns copied beside the predictions, in this order. */
      keep: z.array(column).max(1000).default([]),
    }),
    /** A Hugging Face model directory, or `demo` for the embedded model. */
    model: z.strictObject({
      path: z.string().min(1),
      /** Which of the directory's weights; `auto`: what is fast and right on the job's device. */
      dtype: z.enum(DTYPE_CHOICES).default('auto'),
    }),
    task: z
      .discriminatedUnion('kind', [embedTaskSchema, classifyTaskSchema], {
        error: `expected a task of kind ${TASK_KINDS.map((kind) => `"${kind}"`).join(' or ')}`,
      })
      .prefault({}),
    device: z.enum(DEVICE_CHOICES).default('auto'),
    /** Most padded tokens a batch may hold (rows x padded length); `auto`: as is fastest on the job's first rows. */
    batchTokens: z
      .union([z.literal('auto'), z.number().int().min(1).max(MAX_BATCH_TOKENS)], {
        error: `expected "auto" or a whole number from 1 to ${MAX_BATCH_TOKENS}`,
      })
      .default('auto'),
    /** Run rows with the same tokens once; each row still gets its own result. */
    dedupe: z.boolean().default(true),
    /** More rows in quarantine than this stop the job: a number, a share, or `auto` (half of them, from 1,000 rows on). */
    maxQuarantine: maxQuarantineSchema,
    output: z.strictObject({
      path: z.string().min(1),
      /** Left out: from the file name. */
      format: z.enum(OUTPUT_FORMATS).optional(),
      /** Results in files of so many rows, in a folder at `path`. */
      rowsPerFile: z.number().int().min(1).max(MAX_ROWS_PER_FILE).optional(),
      /** CSV: an apostrophe before text that a spreadsheet would run as a formula. */
      csvGuard: z.boolean().optional(),
      /** Parquet: see `COMPRESSIONS`. */
      compression: z.enum(COMPRESSIONS).optional(),
    }),
  })
  .check((context) => {
    const { keep, idColumn } = context.value.input;
    const names = idColumn === null ? keep : [idColumn, ...keep];
    for (const reserved of reservedColumns(context.value.task)) {
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

/** How a file is to be read, where the user says so. */
export type ParseOptions = Pick<JobSpec['input'], 'encoding' | 'delimiter' | 'header'>;

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

export function parseOptionsOf({ encoding, delimiter, header }: JobSpec['input']): ParseOptions {
  return { encoding, delimiter, header };
}

/** `id` column first, then the kept ones, each once: the columns of the output in order. */
export function keptColumns(
  input: Pick<JobSpec['input'], 'idColumn' | 'keep' | 'format'>,
): readonly string[] {
  if (input.format === 'openai') return KEPT_BATCH_COLUMNS;
  return [...new Set(input.idColumn === null ? input.keep : [input.idColumn, ...input.keep])];
}

/** The column whose values tell rows apart; null: none. */
export function idColumnOf(input: Pick<JobSpec['input'], 'idColumn' | 'format'>): string | null {
  return input.format === 'openai' ? BATCH_COLUMNS.customId : input.idColumn;
}
