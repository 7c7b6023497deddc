import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import { longTextsOf } from '../../core/long-texts.ts';
import { parseOptionsOf } from '../../core/job-spec.ts';
import { browserOptions, stateOptions } from '../args/common-options.ts';
import { jobSpecOptions } from '../args/job-spec-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { readJobSpec } from '../args/read-job-spec.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { findInput } from '../input/find-input.ts';
import { inspectionText } from '../inspect/inspection-text.ts';
import { inputRefs, modelRef } from '../job/job-files.ts';
import { openSession } from '../job/open-session.ts';
import { findModel } from '../model/find-model.ts';
import { stateDirFor } from '../state/state-dir.ts';
import type { Command } from './command.ts';

const { model, format, encoding, delimiter } = jobSpecOptions;
const options = {
  model: { ...model, help: `${model.help}; without it no lengths in tokens` },
  'text-column': {
    ...jobSpecOptions['text-column'],
    help: 'the column to read (default: the one that looks like it)',
  },
  'id-column': { ...jobSpecOptions['id-column'], help: 'a column whose values are to be unique' },
  format,
  encoding,
  delimiter,
  'no-header': jobSpecOptions['no-header'],
  'max-length': jobSpecOptions['max-length'],
  long: jobSpecOptions.long,
  overlap: jobSpecOptions.overlap,
  ...stateOptions,
  ...browserOptions,
  json: { type: 'boolean', help: 'the whole report as one JSON object' },
} as const;

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Look at a dataset before a job: format, columns, lengths in tokens, bad rows',
  usage: ['inspect INPUT... [--model DIR] [options]'],
  notes: [
    'Looks at 5,000 rows (or 32 MiB of text) and says which: all, the first ones, or some from the beginning, the middle and',
    'the end, where the files can be read from any place. Stores nothing.',
  ],
  options,
  examples: ['millrace inspect docs.csv', "millrace inspect 'data/*.jsonl' --model demo --id-column id"],
  async run(args, context) {
    const { values, positionals } = parseOptions('inspect', args, options, ['INPUT...']);
    if (positionals.length === 0)
      throw new JobError('SPEC_INVALID', 'Missing: INPUT (the file to look at).', {
        hint: 'For example: millrace inspect docs.csv --model demo',
      });
    const { json: _, browser: browserPath, 'state-dir': givenState, ...specOptions } = values;
    // Checked as a job's would be; model and output stand in where there is none.
    const asJob = { ...specOptions, model: values.model ?? 'demo', out: 'inspected.parquet' };
    const spec = await readJobSpec(positionals, asJob, context.cwd);
    const input = await findInput(spec.input);
    const found =
      values.model === undefined
        ? null
        : await findModel(
            values.model === 'demo' ? 'demo' : resolve(context.cwd, values.model),
            context.appDir,
          );
    const browser = await findBrowser({ given: browserPath, cwd: context.cwd, env: context.env });
    const profileDir = join(stateDirFor(givenState, context.cwd, context.env), `inspect-${process.pid}`);
    try {
      const session = await openSession({
        appDir: context.appDir,
        browser,
        profileDir,
        env: context.env,
        onEvent: () => undefined,
      });
      try {
        const files = found?.files.map(({ file }) => file) ?? [];
        session.server.setIo({ input: input.files, model: files, output: null });
        const inspection = await session.page.call('inspect', {
          input: inputRefs(input.files, session.server),
          format: input.format,
          parse: parseOptionsOf(spec.input),
          textColumn: values['text-column'] ?? null,
          idColumn: spec.input.idColumn,
          model: found === null ? null : modelRef(found, session.server),
          maxLength: spec.task.maxLength ?? null,
          long: longTextsOf(spec.task),
        });
        context.stdout.write(
          values.json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionText(inspection),
        );
        return EXIT.complete;
      } finally {
        await session.close();
      }
    } finally {
      await rm(profileDir, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};
