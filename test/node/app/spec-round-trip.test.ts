import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inputFromFiles } from '../../../src/app/files/input-file.ts';
import {
  EMPTY_FORM,
  specFromForm,
  withPreview,
  withSpec,
  type SetupForm,
} from '../../../src/app/setup/setup-form.ts';
import { parseJobSpec, type JobSpec } from '../../../src/core/job-spec.ts';
import { jobSpecOptions } from '../../../src/runner/args/job-spec-options.ts';
import { parseOptions } from '../../../src/runner/args/parse-options.ts';
import { readJobSpec } from '../../../src/runner/args/read-job-spec.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fieldOf, specFields, WHOLE_SPECS } from '../../support/whole-specs.ts';

const folder = temporaryFolder();

/** What a run without options has. */
const USUAL: readonly JobSpec[] = (['embed', 'classify'] as const).map((kind) =>
  parseJobSpec({
    input: { path: 'a.jsonl' },
    model: { path: 'demo' },
    task: { kind },
    output: { path: 'a.npy' },
  }),
);

/** The option that sets a field, and its value; null: a positional argument. */
type Option = {
  readonly name: keyof typeof jobSpecOptions;
  readonly value: (value: unknown) => string | null;
};
const as = (name: Option['name'], value: Option['value'] = String): Option => ({ name, value });
const onOff = (value: unknown) => (value === true ? 'on' : 'off');
const OPTIONS: Readonly<Record<string, Option | null>> = {
  'input.path': null,
  'input.morePaths': null,
  'input.format': as('format'),
  'input.encoding': as('encoding'),
  'input.delimiter': as('delimiter'),
  'input.header': as('no-header', () => null),
  'input.textColumn': as('text-column'),
  'input.idColumn': as('id-column'),
  'input.keep': as('keep', (value) => (value as readonly string[]).join(',')),
  'model.path': as('model'),
  'model.dtype': as('dtype'),
  'task.kind': as('task'),
  'task.maxLength': as('max-length'),
  'task.normalize': as('normalize', onOff),
  'task.precision': as('precision'),
  'task.dimensions': as('dimensions'),
  'task.topK': as('top-k'),
  'task.activation': as('activation'),
  device: as('device'),
  batchTokens: as('batch-tokens'),
  dedupe: as('dedupe', onOff),
  maxQuarantine: as('max-quarantine'),
  'output.path': as('out'),
  'output.format': as('out-format'),
  'output.rowsPerFile': as('rows-per-file'),
  'output.csvGuard': as('csv-guard', () => null),
  'output.compression': as('compression'),
  'task.long': as('long'),
  'task.overlap': as('overlap'),
};

function argsOf(spec: JobSpec): string[] {
  const { path, morePaths = [] } = spec.input;
  const args = [path, ...morePaths];
  for (const [field, option] of Object.entries(OPTIONS)) {
    const value = fieldOf(spec, field);
    if (option === null || value === undefined) continue;
    const text = option.value(value);
    args.push(`--${option.name}`, ...(text === null ? [] : [text]));
  }
  return args;
}

/** As the command line has it: every path absolute. */
function inFolder(spec: JobSpec): JobSpec {
  const { input, model, output } = spec;
  const at = (path: string) => join(folder, path);
  return {
    ...spec,
    input: { ...input, path: at(input.path), morePaths: input.morePaths?.map(at) },
    model: { ...model, path: at(model.path) },
    output: { ...output, path: at(output.path) },
  };
}

/** The page when the files of the specs are chosen. */
function chosen(): SetupForm {
  const files = ['docs.csv', 'more.csv'].map((name) => new File(['1;2'], name));
  const form: SetupForm = {
    ...EMPTY_FORM,
    input: inputFromFiles(files),
    model: { ref: { name: 'mini', files: {} }, handle: null },
  };
  return withPreview(form, {
    format: 'csv',
    facts: { encoding: 'windows-1252', delimiter: ';', header: false },
    columns: ['key', 'body', 'lang', 'n'],
    rows: [],
    rejects: [],
    byteLength: 6,
    files: 2,
  });
}

async function byCommandLine(args: readonly string[]): Promise<JobSpec> {
  const { values, positionals } = parseOptions('run', args, jobSpecOptions, ['INPUT...']);
  return readJobSpec(positionals, values, folder);
}

test('every field of the job spec is set to something other than usual by one of these specs', () => {
  for (const field of specFields()) {
    const usual = USUAL.map((spec) => fieldOf(spec, field));
    const values = WHOLE_SPECS.map((spec) => fieldOf(spec, field)).filter((value) => value !== undefined);
    expect(values.length, field).toBeGreaterThan(0);
    // The first task is the usual one.
    if (field !== 'task.kind') for (const value of values) expect(usual, field).not.toContainEqual(value);
  }
});

test('every field has an option or an argument of the command line, and every option a field', () => {
  expect(Object.keys(OPTIONS).toSorted()).toEqual(specFields().toSorted());
  const named = Object.values(OPTIONS).flatMap((option) => (option === null ? [] : [option.name]));
  expect(['job', ...named].toSorted()).toEqual(Object.keys(jobSpecOptions).toSorted());
});

describe.each(WHOLE_SPECS.map((spec) => [spec.task.kind, spec] as const))(
  'a whole spec of %s',
  (_kind, spec) => {
    test('comes out of the options of the command line', async () => {
      expect(await byCommandLine(argsOf(spec))).toEqual(inFolder(spec));
    });

    test('comes out of the page as it went in', () => {
      expect(specFromForm(withSpec(chosen(), spec))).toEqual(spec);
    });

    test('goes from the page to the command line and back', async () => {
      const exported = JSON.stringify(specFromForm(withSpec(chosen(), spec)));
      const job = join(folder, `${spec.task.kind}.json`);
      writeFileSync(job, exported);
      const run = await byCommandLine(['--job', job]);
      expect(run).toEqual(inFolder(spec));
      const again = specFromForm(withSpec(chosen(), parseJobSpec(JSON.parse(JSON.stringify(run)))));
      expect(again).toEqual(run);
    });
  },
);
