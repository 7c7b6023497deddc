import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import type { InputFormat } from '../../core/input-format.ts';
import type { JobSpec } from '../../core/job-spec.ts';
import { PATH_COLUMN } from '../../core/input-format.ts';
import { outputFormatOf } from '../../core/output-format.ts';
import {
  MAX_BATCH_TOKENS,
  MAX_DIMENSIONS,
  MAX_ROWS_PER_FILE,
  MAX_TOP_K,
  parseJobSpec,
} from '../../core/job-spec.ts';
import { maxQuarantineSchema, type MaxQuarantine } from '../../core/max-quarantine.ts';
import { checkOpenaiInput, checkOpenaiOutput } from '../../core/openai/check-openai.ts';
import { inputFormatOnDisk } from '../input/find-input.ts';
import type { jobSpecOptions } from './job-spec-options.ts';
import type { OptionValues } from './option-table.ts';
import { parseCount } from './parse-count.ts';

type Fields = Record<string, unknown>;

/**
 * The job spec of a `run`: the spec file if there is one, overridden by the options. All paths come out absolute
 * (those of the file are relative to its folder, those of the command line to `cwd`) and both formats are filled in.
 * @throws JobError `SPEC_INVALID` or `INPUT_FORMAT`, naming what is missing or wrong.
 */
export async function readJobSpec(
  inputs: readonly string[],
  options: OptionValues<typeof jobSpecOptions>,
  cwd: string,
): Promise<JobSpec> {
  const file = options.job === undefined ? {} : await readSpecFile(resolve(cwd, options.job));
  const fromFile = (section: string): Fields => asFields(file[section], section);
  const merged = {
    ...file,
    input: {
      ...fromFile('input'),
      ...inputPaths(inputs, cwd),
      // A format that the file names belongs to the file's input, not to another one.
      ...(inputs.length === 0 || options.format !== undefined ? {} : { format: undefined }),
      ...given('format', options.format),
      ...given('encoding', encodingOf(options.encoding)),
      ...given(
        'delimiter',
        options.delimiter === 'tab' || options.delimiter === '\\t' ? '\t' : options.delimiter,
      ),
      ...given('header', options['no-header'] === true ? false : undefined),
      ...given('textColumn', options['text-column']),
      ...given('idColumn', options['id-column']),
      ...given(
        'keep',
        options.keep
          ?.split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      ),
    },
    model: {
      ...fromFile('model'),
      ...given('path', modelPath(options.model, cwd)),
      ...given('dtype', options.dtype),
    },
    task: {
      ...fromFile('task'),
      ...given('kind', options.task),
      ...given('maxLength', maxLengthOf(options['max-length'])),
      ...given('long', options.long),
      ...given('overlap', countOf('--overlap', options.overlap, 0, 1_000_000)),
      ...given('normalize', onOff('--normalize', options.normalize)),
      ...given('precision', options.precision),
      ...given('dimensions', countOf('--dimensions', options.dimensions, 1, MAX_DIMENSIONS)),
      ...given('topK', countOf('--top-k', options['top-k'], 1, MAX_TOP_K)),
      ...given('activation', options.activation),
    },
    ...given('device', options.device),
    ...given('batchTokens', batchTokensOf(options['batch-tokens'])),
    ...given('dedupe', onOff('--dedupe', options.dedupe)),
    ...given('maxQuarantine', maxQuarantineOf(options['max-quarantine'])),
    output: {
      ...fromFile('output'),
      ...(options.out === undefined ? {} : { path: resolve(cwd, options.out), format: undefined }),
      ...given('format', options['out-format']),
      ...given('rowsPerFile', countOf('--rows-per-file', options['rows-per-file'], 1, MAX_ROWS_PER_FILE)),
      ...given('csvGuard', options['csv-guard']),
      ...given('compression', options.compression),
    },
  };
  requirePaths(merged);
  const spec = parseJobSpec(merged);
  const inputFormat = await inputFormatOnDisk(spec.input);
  const format = outputFormatOf(spec.output, inputFormat);
  const whole = {
    ...spec,
    input: { ...spec.input, format: inputFormat, idColumn: idColumnOf(inputFormat, spec.input.idColumn) },
    output: { ...spec.output, format },
  };
  checkOpenaiInput(whole);
  checkOpenaiOutput(format, whole, whole.output);
  return whole;
}

/** A picture is known by its path. */
function idColumnOf(format: InputFormat, given: string | null): string | null {
  return format === 'images' ? (given ?? PATH_COLUMN) : given;
}

async function readSpecFile(path: string): Promise<Fields> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new JobError('SPEC_INVALID', `The job spec ${path} cannot be read.`, {
      cause,
      hint: 'Check the path after --job.',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new JobError('SPEC_INVALID', `The job spec ${path} is not JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
  const spec = { ...asFields(value, 'the whole file') };
  const { input } = spec;
  if (typeof input === 'object' && input !== null && 'morePaths' in input && Array.isArray(input.morePaths)) {
    const morePaths: unknown[] = input.morePaths;
    spec['input'] = {
      ...input,
      morePaths: morePaths.map((more) => (typeof more === 'string' ? resolve(dirname(path), more) : more)),
    };
  }
  for (const section of ['input', 'model', 'output']) {
    const fields = asFields(spec[section], section);
    const isDemo = section === 'model' && fields['path'] === 'demo';
    if (typeof fields['path'] === 'string' && !isDemo && !isAbsolute(fields['path'])) {
      spec[section] = { ...fields, path: resolve(dirname(path), fields['path']) };
    }
  }
  return spec;
}

function inputPaths([first, ...more]: readonly string[], cwd: string): Fields {
  if (first === undefined) return {};
  const morePaths = more.length === 0 ? undefined : more.map((path) => resolve(cwd, path));
  return { path: resolve(cwd, first), morePaths };
}

function asFields(value: unknown, section: string): Fields {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new JobError('SPEC_INVALID', `The job spec is not valid: ${section} must be an object.`);
}

function requirePaths(spec: {
  readonly input: Fields;
  readonly model: Fields;
  readonly output: Fields;
}): void {
  const missing: string[] = [];
  if (spec.input['path'] === undefined) missing.push('INPUT (the file to read)');
  if (spec.model['path'] === undefined) missing.push('--model DIR (or --model demo)');
  if (spec.output['path'] === undefined) missing.push('--out FILE');
  if (missing.length === 0) return;
  throw new JobError('SPEC_INVALID', `Missing: ${missing.join(', ')}.`, {
    hint: 'For example: millrace run docs.jsonl --model demo --text-column text --out vectors.parquet',
  });
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

/** What people call the encodings. */
const ENCODING_NAMES = new Map([
  ['utf8', 'utf-8'],
  ['utf16', 'utf-16le'],
  ['utf-16', 'utf-16le'],
  ['utf16le', 'utf-16le'],
  ['utf16be', 'utf-16be'],
  ['latin1', 'windows-1252'],
  ['latin-1', 'windows-1252'],
  ['iso-8859-1', 'windows-1252'],
  ['cp1252', 'windows-1252'],
]);

function encodingOf(text: string | undefined): string | undefined {
  const name = text?.toLowerCase();
  return name === undefined ? undefined : (ENCODING_NAMES.get(name) ?? name);
}

function modelPath(given: string | undefined, cwd: string): string | undefined {
  return given === undefined || given === 'demo' ? given : resolve(cwd, given);
}

function countOf(option: string, text: string | undefined, min: number, max: number): number | undefined {
  return text === undefined ? undefined : parseCount(option, text, min, max);
}

/** @throws JobError `SPEC_INVALID`. */
export function maxLengthOf(text: string | undefined): number | undefined {
  return countOf('--max-length', text, 3, 1_000_000);
}

/** @throws JobError `SPEC_INVALID`. */
export function batchTokensOf(text: string | undefined): number | 'auto' | undefined {
  return text === 'auto' ? text : countOf('--batch-tokens', text, 1, MAX_BATCH_TOKENS);
}

/** @throws JobError `SPEC_INVALID`. */
export function maxQuarantineOf(text: string | undefined): MaxQuarantine | undefined {
  if (text === undefined) return undefined;
  const parsed = maxQuarantineSchema.safeParse(
    /^[\d_,]+$/.test(text) ? Number(text.replaceAll(/[_,]/g, '')) : text,
  );
  if (parsed.success) return parsed.data;
  throw new JobError(
    'SPEC_INVALID',
    `--max-quarantine is "${text}"; it must be a number of rows, a share such as 1%, or auto.`,
  );
}

/** @throws JobError `SPEC_INVALID`. */
export function onOff(option: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === 'on' || text === 'off') return text === 'on';
  throw new JobError('SPEC_INVALID', `${option} is "${text}"; it must be on or off.`);
}
