import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import { browserOptions, stateOptions } from '../args/common-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { openSession } from '../job/open-session.ts';
import { wipeFiles, wipeProfile } from '../job/wipe-jobs.ts';
import { checkBrowser } from '../state/browser-record.ts';
import { checkJobId } from '../state/job-id.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { Command } from './command.ts';

const options = {
  all: { type: 'boolean', help: 'every job, and everything else that is kept between runs' },
  ...stateOptions,
  ...browserOptions,
} as const;

export const wipeCommand: Command = {
  name: 'wipe',
  summary: 'Delete every trace of jobs that the browser and millrace keep; output files stay',
  usage: ['wipe JOB... [options]', 'wipe --all'],
  notes: [
    '`rm` deletes a job, but parts of its text stay in the browser’s files until the browser overwrites them. This makes a',
    'new profile, moves the other jobs there, and deletes the old one. What the disk keeps of deleted files is not touched.',
  ],
  options,
  examples: ['millrace wipe 20261122-023145-k7qd', 'millrace wipe --all'],
  async run(args, context) {
    const { values, positionals } = parseOptions('wipe', args, options, ['JOB...']);
    if (positionals.length > 0 === (values.all ?? false)) {
      throw new JobError('SPEC_INVALID', 'Name jobs, or say --all: one of them.', {
        hint: 'See the jobs there are with `millrace jobs`; then `millrace wipe JOB` or `millrace wipe --all`.',
      });
    }
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    return withStateLock(stateDir, 'wipe', async () => {
      const manifests = new ManifestFolder(stateDir);
      const { jobs, unreadable } = await manifests.list();
      const known = [...jobs.map(({ id }) => id), ...unreadable];
      // Says which of them there are.
      for (const id of positionals) if (!known.includes(checkJobId(id))) await manifests.read(id);
      const wiped = values.all ? known : [...new Set(positionals)];
      const kept = known.filter((id) => !wiped.includes(id));
      await wipeProfile({
        stateDir,
        kept,
        open: async (profileDir) => {
          const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
          await checkBrowser(stateDir, browser.version, context.env);
          const { appDir, env } = context;
          return openSession({ appDir, browser, profileDir, env, onEvent: () => undefined });
        },
        say: (line) => context.stderr.write(`${line}\n`),
      });
      await wipeFiles(
        stateDir,
        manifests,
        jobs.filter(({ id }) => wiped.includes(id)),
        wiped,
      );
      context.stdout.write(
        `Wiped ${wiped.length === 1 ? 'job' : 'jobs'}: ${wiped.join(', ') || 'none'}.${kept.length === 0 ? ' Nothing of any job is left.' : ''}\n`,
      );
      return EXIT.complete;
    });
  },
};
