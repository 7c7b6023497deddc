import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import { reportOptions, stateOptions } from '../args/common-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { createReporter } from '../reporters/create-reporter.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { liveJobIds, readLive } from '../state/live-file.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { stateDirFor } from '../state/state-dir.ts';
import { ownerText, readLockOwner } from '../state/state-lock.ts';
import type { Command } from './command.ts';

const LOOK_EVERY_MS = 500;

const options = { ...stateOptions, ...reportOptions } as const;

export const watchCommand: Command = {
  name: 'watch',
  summary: 'Show the progress of a job that another process runs, until it ends',
  usage: ['watch [JOB] [options]'],
  notes: [
    'Without JOB: the one that runs. Only looks: Ctrl+C ends the watching, not the job.',
    'Exit code 0 when the job is done, 1 when it stopped before that.',
  ],
  options,
  examples: ['millrace watch', 'millrace watch 20261122-023145-k7qd --json'],
  async run(args, context) {
    const { values, positionals } = parseOptions('watch', args, options, ['JOB']);
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const manifests = new ManifestFolder(stateDir);
    const id = positionals[0] ?? (await runningJob(stateDir));
    await manifests.read(id);
    const reporter = createReporter(values, context);
    const owner = await readLockOwner(stateDir);
    if (owner !== null)
      reporter.report({
        kind: 'notice',
        level: 'info',
        message: `Watching job ${id} of ${ownerText(owner)}`,
      });
    await follow(stateDir, id, reporter);
    const { state, rowsDone, outputFiles, error } = await manifests.read(id);
    if (state === 'done') {
      const message = `Job ${id} is done; its output is ${outputFiles[0] ?? ''}.`;
      reporter.report({ kind: 'notice', level: 'info', message });
      return EXIT.complete;
    }
    const why = error === null ? '' : ` (${error.code}: ${error.message})`;
    const message = `Job ${id} does not run any more: ${rowsDone} rows are done${why}. Go on with it: millrace resume ${id}`;
    reporter.report({ kind: 'notice', level: 'warning', message });
    return EXIT.failed;
  },
};

async function runningJob(stateDir: string): Promise<string> {
  const [id] = (await readLockOwner(stateDir)) === null ? [] : await liveJobIds(stateDir);
  if (id !== undefined) return id;
  throw new JobError('JOB_NOT_FOUND', `No job runs in ${stateDir}.`, {
    hint: 'See all of them with `millrace jobs`, or name another --state-dir.',
  });
}

/** Reports what is new, as long as the job runs. */
async function follow(stateDir: string, id: string, reporter: Reporter): Promise<void> {
  const told = new Set<string>();
  let seen = false;
  for (;;) {
    const running = (await readLockOwner(stateDir)) !== null;
    const live = await readLive(stateDir, id);
    // Before its page is up a job has told nothing yet; after its end nothing is left.
    if (!running || (live === null && (seen || !(await liveSoon(stateDir, id))))) return;
    seen = true;
    for (const event of live ?? []) {
      const text = JSON.stringify(event);
      if (told.has(text)) continue;
      told.add(text);
      reporter.report(event);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Whether the job is one that the holder is about to run. */
async function liveSoon(stateDir: string, id: string): Promise<boolean> {
  const owner = await readLockOwner(stateDir);
  return owner !== null && (owner.command === 'resume' || owner.command.split(' ').includes(id));
}
