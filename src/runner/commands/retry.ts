import { resolve } from 'node:path';
import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import type { JobSpec } from '../../core/job-spec.ts';
import { browserOptions, offlineOptions, reportOptions, stateOptions } from '../args/common-options.ts';
import { jobSpecOptions } from '../args/job-spec-options.ts';
import type { OptionValues } from '../args/option-table.ts';
import { parseOptions } from '../args/parse-options.ts';
import { retrySpec } from '../args/retry-spec.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { executeJob } from '../job/execute-job.ts';
import { planJob } from '../job/plan-job.ts';
import { runOffline } from '../offline/enter-namespace.ts';
import { OfflineWatch } from '../offline/offline-watch.ts';
import { createReporter } from '../reporters/create-reporter.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { Command } from './command.ts';

const options = {
  input: {
    type: 'string',
    value: 'FILE',
    help: 'the mended input, where it is not in the place of the old one (same rows, same order)',
  },
  'max-length': jobSpecOptions['max-length'],
  device: jobSpecOptions.device,
  'batch-tokens': jobSpecOptions['batch-tokens'],
  dedupe: jobSpecOptions.dedupe,
  'max-quarantine': jobSpecOptions['max-quarantine'],
  ...stateOptions,
  ...browserOptions,
  ...offlineOptions,
  ...reportOptions,
} as const;

export const retryCommand: Command = {
  name: 'retry',
  summary: 'Run the rows in quarantine of a finished job again, once they are mended',
  usage: ['retry JOB [options]'],
  notes: [
    'Mend the rows in the input, each in its place (the quarantine file shows them), or name what is to be other than before.',
    'Only they are run; every other row is compared with what the job read, and a change of one is refused. The output is',
    'written anew with all rows in their order. A retry that is stopped goes on with `millrace retry JOB` or `resume`.',
    'Whatever else changes results (model, task, precision, columns) is a new job for `millrace run`.',
  ],
  options,
  examples: [
    'millrace retry 20261122-023145-k7qd',
    'millrace retry mine --max-length 256',
    'millrace retry mine --input docs.mended.jsonl',
  ],
  async run(args, context) {
    const { values, positionals } = parseOptions('retry', args, options, ['JOB']);
    const [id] = positionals;
    if (id === undefined)
      throw new JobError('SPEC_INVALID', 'Missing: JOB (see `millrace jobs`).', {
        hint: 'For example: millrace retry 20261122-023145-k7qd',
      });
    const proving = values['prove-offline'] ?? false;
    const code = proving ? await runOffline(['retry', ...args], context) : null;
    if (code !== null) return code;
    const offline = proving ? new OfflineWatch() : null;
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const reporter = createReporter(values, context);
    return withStateLock(stateDir, `retry ${id}`, async () => {
      const manifest = await new ManifestFolder(stateDir).read(id);
      const isOpen = manifest.retry?.open === true;
      if (!isOpen) checkFinished(manifest);
      if (!isOpen && manifest.rowsQuarantined === 0) {
        const message = `Job ${id} has no row in quarantine: there is nothing to retry.`;
        reporter.report({ kind: 'notice', level: 'info', message });
        return EXIT.complete;
      }
      const spec = specOf(manifest, values, context.cwd);
      const plan = await planJob(manifest, true, false, context.appDir, { kind: 'begin', spec });
      const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
      return executeJob({ plan, stateDir, browser, context, reporter, offline });
    });
  },
};

function checkFinished({ id, state, rowsDone }: JobManifest): void {
  if (state === 'computed' || state === 'done') return;
  throw new JobError('JOB_UNFINISHED', `Job ${id} is not computed to its end (${rowsDone} rows so far).`, {
    hint: `Finish it with \`millrace resume ${id}\`; then its rows in quarantine can be retried.`,
  });
}

/** A retry that was stopped goes on as it was begun, but for what is said now. */
function specOf({ spec, retry }: JobManifest, values: OptionValues<typeof options>, cwd: string): JobSpec {
  const begun = retry?.open === true ? retry.spec : spec;
  const changed = retrySpec(begun, values);
  if (values.input === undefined) return changed;
  const { morePaths: _, ...input } = changed.input;
  return { ...changed, input: { ...input, path: resolve(cwd, values.input) } };
}
