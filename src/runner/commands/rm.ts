import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import { browserOptions, stateOptions } from '../args/common-options.ts';
import { parseOptions } from '../args/parse-options.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { openSession } from '../job/open-session.ts';
import { removeSpool } from '../input/spool-stdin.ts';
import { removeJob } from '../job/remove-job.ts';
import { checkBrowser } from '../state/browser-record.ts';
import { checkJobId } from '../state/job-id.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { profileDirIn, stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { Command } from './command.ts';

const options = {
  finished: { type: 'boolean', help: 'every job that is done' },
  all: { type: 'boolean', help: 'every job' },
  ...stateOptions,
  ...browserOptions,
} as const;

export const rmCommand: Command = {
  name: 'rm',
  summary: 'Delete what is stored of jobs; output files stay',
  usage: ['rm JOB... [options]', 'rm --finished', 'rm --all'],
  options,
  examples: ['millrace rm 20261122-023145-k7qd', 'millrace rm --finished'],
  async run(args, context) {
    const { values, positionals } = parseOptions('rm', args, options, ['JOB...']);
    const ways =
      Number(positionals.length > 0) + Number(values.finished ?? false) + Number(values.all ?? false);
    if (ways !== 1) {
      throw new JobError(
        'SPEC_INVALID',
        ways === 0
          ? 'Missing: which jobs to remove.'
          : 'Name jobs, or say --finished, or --all: one of them.',
        {
          hint: 'See them with `millrace jobs`; then `millrace rm JOB`, `millrace rm --finished` or `millrace rm --all`.',
        },
      );
    }
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const manifests = new ManifestFolder(stateDir);
    const { jobs, unreadable } = await manifests.list();
    const known = [...jobs.map((job) => job.id), ...unreadable];
    // Says which of them there are.
    for (const id of positionals) if (!known.includes(checkJobId(id))) await manifests.read(id);
    const finished = jobs.filter((job) => job.state === 'done').map((job) => job.id);
    const chosen = new Set(positionals.length > 0 ? positionals : values.finished ? finished : known);
    if (chosen.size === 0 && !values.all) {
      context.stdout.write('Nothing to remove.\n');
      return EXIT.complete;
    }
    const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
    return withStateLock(stateDir, 'rm', async () => {
      await checkBrowser(stateDir, browser.version, context.env);
      const session = await openSession({
        appDir: context.appDir,
        browser,
        profileDir: profileDirIn(stateDir),
        env: context.env,
        onEvent: () => undefined,
      });
      try {
        // Jobs that the browser has and no manifest tells of.
        if (values.all) for (const record of await session.page.call('list')) chosen.add(record.id);
        for (const id of chosen) {
          await removeJob(session.page, manifests, id);
          await removeSpool(stateDir, id);
        }
      } finally {
        await session.close();
      }
      context.stdout.write(
        `Removed ${chosen.size === 1 ? 'job' : 'jobs'}: ${[...chosen].join(', ') || 'none'}.\n`,
      );
      return EXIT.complete;
    });
  },
};
