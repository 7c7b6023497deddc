import { jobSpecOptions } from '../args/job-spec-options.ts';
import { browserOptions, offlineOptions, reportOptions, stateOptions } from '../args/common-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { readJobSpec } from '../args/read-job-spec.ts';
import { JobError } from '../../core/job-error.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { executeJob } from '../job/execute-job.ts';
import { planJob } from '../job/plan-job.ts';
import { runOffline } from '../offline/enter-namespace.ts';
import { OfflineWatch } from '../offline/offline-watch.ts';
import { createReporter } from '../reporters/create-reporter.ts';
import { checkJobId, newJobId } from '../state/job-id.ts';
import { newManifest } from '../state/new-manifest.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { Command } from './command.ts';

const options = {
  ...jobSpecOptions,
  force: { type: 'boolean', help: 'replace an output that exists' },
  name: { type: 'string', value: 'JOB', help: 'a name for the job (default: made from the time)' },
  ...stateOptions,
  ...browserOptions,
  ...offlineOptions,
  ...reportOptions,
} as const;

export const runCommand: Command = {
  name: 'run',
  summary: 'Run a dataset through a model; one vector or label a row on disk',
  usage: [
    'run INPUT... --model DIR --text-column text --out vectors.parquet [options]',
    'run --job spec.json [options]',
  ],
  notes: [
    'Reads INPUT where it lies (files, folders, globs; several are one dataset), keeps its state outside of it, and writes the',
    'output when it is complete.',
    'A run that was stopped or killed goes on with `millrace resume`. Results stay stored until `millrace rm`.',
  ],
  options,
  examples: [
    'millrace run docs.jsonl --model demo --text-column text --out vectors.parquet',
    "millrace run 'data/*.jsonl' --model demo --out vectors.parquet",
    'millrace run docs.csv --model ./all-MiniLM-L6-v2 --text-column body --id-column id --keep title,lang --out vectors.parquet',
    'millrace run docs.jsonl --model ./distilbert-sst2 --task classify --top-k 2 --out labels.jsonl',
    'millrace run docs.jsonl --model demo --out vectors.npy --device wasm --json',
  ],
  async run(args, context) {
    const { values, positionals } = parseOptions('run', args, options, ['INPUT...']);
    const proving = values['prove-offline'] ?? false;
    const code = proving ? await runOffline(['run', ...args], context) : null;
    if (code !== null) return code;
    const offline = proving ? new OfflineWatch() : null;
    const spec = await readJobSpec(positionals, values, context.cwd);
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const id = values.name === undefined ? newJobId(new Date()) : checkJobId(values.name);
    const manifests = new ManifestFolder(stateDir);
    if ((await manifests.find(id)) !== null) {
      throw new JobError('SPEC_INVALID', `There is a job "${id}" already.`, {
        hint: `Go on with it (\`millrace resume ${id}\`), remove it (\`millrace rm ${id}\`), or choose another --name.`,
      });
    }
    const plan = await planJob(newManifest(id, spec, false), false, values.force ?? false, context.appDir);
    const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
    const reporter = createReporter(values, context);
    return withStateLock(stateDir, `run ${id}`, () =>
      executeJob({ plan, stateDir, browser, context, reporter, offline }),
    );
  },
};
