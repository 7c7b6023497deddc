import { resolve } from 'node:path';
import { EXIT } from '../../core/exit-code.ts';
import { checkExportChoices } from '../../core/export-choices.ts';
import { JobError } from '../../core/job-error.ts';
import type { JobSpec } from '../../core/job-spec.ts';
import { OUTPUT_FORMATS, outputFormatOf } from '../../core/output-format.ts';
import { parseJobSpec } from '../../core/job-spec.ts';
import { checkOpenaiOutput } from '../../core/openai/check-openai.ts';
import { browserOptions, reportOptions, stateOptions } from '../args/common-options.ts';
import { exportChoices } from '../args/export-choices.ts';
import { jobSpecOptions } from '../args/job-spec-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { stateLost } from '../job/compute-job.ts';
import { exportJob } from '../job/export-job.ts';
import { findInput } from '../input/find-input.ts';
import { checkOutput } from '../job/job-files.ts';
import { openSession } from '../job/open-session.ts';
import { StopSignals } from '../job/stop-signals.ts';
import { createReporter } from '../reporters/create-reporter.ts';
import { checkBrowser } from '../state/browser-record.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { profileDirIn, stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { Command } from './command.ts';

const options = {
  out: { type: 'string', value: 'FILE', help: 'where the output goes' },
  'out-format': {
    type: 'string',
    value: 'FORMAT',
    help: `${OUTPUT_FORMATS.join(', ')} (default: by the name of FILE)`,
  },
  'rows-per-file': jobSpecOptions['rows-per-file'],
  'csv-guard': jobSpecOptions['csv-guard'],
  compression: jobSpecOptions.compression,
  rows: {
    type: 'string',
    value: 'A-B',
    help: 'only rows A to B of the input, counted from 0, both included',
  },
  where: {
    type: 'string',
    value: 'WHICH',
    help: 'done: only rows with a result; quarantined: only those set aside, as jsonl',
  },
  force: { type: 'boolean', help: 'replace an output that exists' },
  ...stateOptions,
  ...browserOptions,
  ...reportOptions,
} as const;

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write the results of a job once more, in another format or place',
  usage: ['export JOB --out FILE [options]'],
  options,
  examples: [
    'millrace export 20261122-023145-k7qd --out vectors.npy',
    'millrace export mine --out vectors.jsonl --force',
    'millrace export mine --out vectors --out-format parquet --rows-per-file 1000000',
    'millrace export mine --out bad.jsonl --where quarantined',
  ],
  async run(args, context) {
    const { values, positionals } = parseOptions('export', args, options, ['JOB']);
    const [id] = positionals;
    if (id === undefined || values.out === undefined) {
      const missing = id === undefined ? 'JOB (see `millrace jobs`)' : '--out FILE';
      throw new JobError('SPEC_INVALID', `Missing: ${missing}.`, {
        hint: 'For example: millrace export JOB --out vectors.npy',
      });
    }
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const manifests = new ManifestFolder(stateDir);
    const manifest = await manifests.read(id);
    const isComputed = manifest.state === 'computed' || manifest.state === 'done';
    // A retry that is not finished leaves what was there before.
    if (!isComputed && manifest.retry?.open !== true) {
      throw new JobError(
        'JOB_UNFINISHED',
        `Job ${id} is not computed to its end (${manifest.rowsDone} rows so far).`,
        {
          hint: `Finish it with \`millrace resume ${id}\`.`,
        },
      );
    }
    const output = outputOf(manifest.spec, resolve(context.cwd, values.out), values['out-format']);
    const inputs = await findInput(manifest.spec.input).then(
      ({ files }) => files.map(({ path }) => path),
      () => [manifest.spec.input.path],
    );
    const choices = exportChoices(values);
    // Rows in quarantine are no answers.
    const inputFormat = choices.where === 'quarantined' ? undefined : manifest.spec.input.format;
    const format = outputFormatOf(output, inputFormat);
    checkExportChoices(format, choices);
    checkOpenaiOutput(format, manifest.spec, choices);
    const names = await checkOutput(output.path, format, inputs, {
      force: values.force ?? false,
      inFolder: choices.rowsPerFile !== undefined,
    });
    const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
    const reporter = createReporter(values, context);
    return withStateLock(stateDir, `export ${id}`, async () => {
      await checkBrowser(stateDir, browser.version, context.env);
      const startedAt = performance.now();
      const signals = new StopSignals();
      const session = await openSession({
        appDir: context.appDir,
        browser,
        profileDir: profileDirIn(stateDir),
        env: context.env,
        onEvent: (event) => {
          if (event.kind !== 'error' && event.kind !== 'summary') reporter.report(event);
        },
      });
      try {
        const { outcome, files } = await exportJob({
          session,
          manifest,
          format,
          choices,
          names,
          signals,
        });
        const seconds = (performance.now() - startedAt) / 1000;
        if (manifest.summary !== null) reporter.report({ kind: 'summary', summary: manifest.summary });
        reporter.report({
          kind: 'output',
          jobId: id,
          files,
          rows: outcome.rows,
          inputRows: outcome.inputRows,
          rowsQuarantined: outcome.quarantined,
          seconds,
        });
        return EXIT.complete;
      } catch (error) {
        if (!(error instanceof JobError)) throw error;
        // A resume mends it.
        const { code, message } = error;
        if (code === 'STORE_CORRUPT')
          await manifests.write({ ...manifest, state: 'failed', error: { code, message } });
        throw code === 'JOB_NOT_FOUND' ? stateLost(manifest) : error;
      } finally {
        signals.dispose();
        await session.close();
      }
    });
  },
};

function outputOf(spec: JobSpec, path: string, format: string | undefined): JobSpec['output'] {
  return parseJobSpec({ ...spec, output: format === undefined ? { path } : { path, format } }).output;
}
