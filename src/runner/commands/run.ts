import { jobSpecOptions } from '../args/job-spec-options.ts';
import { browserOptions, offlineOptions, reportOptions, stateOptions } from '../args/common-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { readJobSpec } from '../args/read-job-spec.ts';
import { JobError } from '../../core/job-error.ts';
import { INPUT_FORMATS, type InputFormat } from '../../core/input-format.ts';
import { findBrowser, type FoundBrowser } from '../browser/find-browser.ts';
import { executeJob } from '../job/execute-job.ts';
import { removeSpool, spoolStdin, STDIN } from '../input/spool-stdin.ts';
import { planJob, type JobPlan } from '../job/plan-job.ts';
import { runOffline } from '../offline/enter-namespace.ts';
import { OfflineWatch } from '../offline/offline-watch.ts';
import { createReporter } from '../reporters/create-reporter.ts';
import { checkJobId, newJobId } from '../state/job-id.ts';
import { newManifest } from '../state/new-manifest.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { CliContext, Command } from './command.ts';

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
    'run - --format jsonl … (the rows of standard input)',
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
    'millrace run requests.jsonl --model ./all-MiniLM-L6-v2 --out answers.jsonl   # OpenAI Batch requests',
    'millrace run photos/ --model ./dinov2-base --out vectors.parquet',
    'zcat docs.jsonl.gz | millrace run - --format jsonl --model demo --out vectors.parquet',
  ],
  async run(args, context) {
    const { values, positionals } = parseOptions('run', args, options, ['INPUT...']);
    const proving = values['prove-offline'] ?? false;
    const code = proving ? await runOffline(['run', ...args], context) : null;
    if (code !== null) return code;
    const offline = proving ? new OfflineWatch() : null;
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const id = values.name === undefined ? newJobId(new Date()) : checkJobId(values.name);
    const manifests = new ManifestFolder(stateDir);
    if ((await manifests.find(id)) !== null) {
      throw new JobError('SPEC_INVALID', `There is a job "${id}" already.`, {
        hint: `Go on with it (\`millrace resume ${id}\`), remove it (\`millrace rm ${id}\`), or choose another --name.`,
      });
    }
    const inputs = await takeStdin(positionals, values.format, stateDir, id, context);
    // Whoever pipes the rows in again gets a new job: until this one has begun, nothing of it is kept.
    const [plan, browser] = await prepare(inputs).catch(async (thrown: unknown) => {
      await removeSpool(stateDir, id);
      throw thrown;
    });
    const reporter = createReporter(values, context);
    return withStateLock(stateDir, `run ${id}`, () =>
      executeJob({ plan, stateDir, browser, context, reporter, offline }),
    );

    async function prepare(paths: readonly string[]): Promise<[JobPlan, FoundBrowser]> {
      const spec = await readJobSpec(paths, values, context.cwd);
      const manifest = newManifest(id, spec, false);
      return [
        await planJob(manifest, false, values.force ?? false, context.appDir),
        await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env }),
      ];
    }
  },
};

/** The arguments with the file that standard input was written to in the place of `-`. */
async function takeStdin(
  inputs: readonly string[],
  format: string | undefined,
  stateDir: string,
  jobId: string,
  { stdin }: CliContext,
): Promise<readonly string[]> {
  if (!inputs.includes(STDIN)) return inputs;
  if (inputs.length > 1 || stdin === undefined)
    throw new JobError('SPEC_INVALID', 'Standard input (-) must be the only input.');
  const named = INPUT_FORMATS.find((one) => one === format);
  if (named === undefined)
    throw new JobError('SPEC_INVALID', 'Standard input has no name that says its format.', {
      hint: `Say --format ${INPUT_FORMATS.filter((one) => one !== 'textfiles').join(', or ')}.`,
    });
  return [await spoolStdin(stdin, stateDir, jobId, named satisfies InputFormat)];
}
