import { existsSync } from 'node:fs';
import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import type { JobSpec } from '../../core/job-spec.ts';
import { browserOptions, offlineOptions, reportOptions, stateOptions } from '../args/common-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { maxQuarantineOf } from '../args/read-job-spec.ts';
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
  'max-quarantine': {
    type: 'string',
    value: 'N|P%',
    help: 'another limit of rows in quarantine than the job has had so far',
  },
  force: { type: 'boolean', help: 'replace an output that exists' },
  ...stateOptions,
  ...browserOptions,
  ...offlineOptions,
  ...reportOptions,
} as const;

export const resumeCommand: Command = {
  name: 'resume',
  summary: 'Go on with a job that was stopped or killed',
  usage: ['resume [JOB] [options]'],
  notes: [
    'Without JOB: the newest one that is not done. What is done stays done; the output is the same, byte for byte,',
    'as that of a run that was never stopped. Input, model and parameters must be the same as before: a change of them',
    'is a new job for `millrace run`.',
  ],
  options,
  examples: ['millrace resume', 'millrace resume 20261122-023145-k7qd', 'millrace resume --json'],
  async run(args, context) {
    const { values, positionals } = parseOptions('resume', args, options, ['JOB']);
    const proving = values['prove-offline'] ?? false;
    const code = proving ? await runOffline(['resume', ...args], context) : null;
    if (code !== null) return code;
    const offline = proving ? new OfflineWatch() : null;
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const reporter = createReporter(values, context);
    return withStateLock(stateDir, `resume ${positionals[0] ?? ''}`.trim(), async () => {
      const manifests = new ManifestFolder(stateDir);
      const found =
        positionals[0] === undefined
          ? await newestUnfinished(manifests, stateDir)
          : await manifests.read(positionals[0]);
      const missing = found.outputFiles.filter((path) => !existsSync(path));
      if (found.state === 'done' && missing.length === 0) {
        const message = `Job ${found.id} is done; its output is ${found.outputFiles[0] ?? found.spec.output.path}.`;
        reporter.report({ kind: 'notice', level: 'info', message });
        return EXIT.complete;
      }
      // Done once, but its files are gone: write them again.
      const maxQuarantine = maxQuarantineOf(values['max-quarantine']) ?? found.spec.maxQuarantine;
      const manifest: JobManifest = {
        ...found,
        state: found.state === 'done' ? 'computed' : found.state,
        spec: { ...found.spec, maxQuarantine },
      };
      const retry = found.retry?.open === true ? found.retry : null;
      const plan = await planJob(
        manifest,
        true,
        values.force ?? false,
        context.appDir,
        retry === null ? null : { kind: 'goOn', spec: { ...retry.spec, ...givenLimit(values) } },
      );
      const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
      return executeJob({ plan, stateDir, browser, context, reporter, offline });
    });
  },
};

function givenLimit(values: { readonly 'max-quarantine'?: string }): Partial<Pick<JobSpec, 'maxQuarantine'>> {
  const maxQuarantine = maxQuarantineOf(values['max-quarantine']);
  return maxQuarantine === undefined ? {} : { maxQuarantine };
}

async function newestUnfinished(manifests: ManifestFolder, stateDir: string): Promise<JobManifest> {
  const { jobs } = await manifests.list();
  const found = jobs.find((job) => job.state !== 'done');
  if (found !== undefined) return found;
  throw new JobError(
    'JOB_NOT_FOUND',
    `There is nothing to resume in ${stateDir}: ${jobs.length === 0 ? 'it holds no job' : 'every job is done'}.`,
    {
      hint: 'Start one with `millrace run`, see them with `millrace jobs`, or name another --state-dir.',
    },
  );
}
