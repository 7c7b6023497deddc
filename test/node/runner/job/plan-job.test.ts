import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseJobSpec } from '../../../../src/core/job-spec.ts';
import { planJob } from '../../../../src/runner/job/plan-job.ts';
import { newManifest } from '../../../../src/runner/state/new-manifest.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { thrownBy } from '../../../support/thrown-by.ts';

function computedJob() {
  const folder = tempFolder();
  const out = join(folder, 'vectors.npy');
  writeFileSync(out, 'bytes');
  const spec = parseJobSpec({
    input: { path: join(folder, 'rows.jsonl') },
    model: { path: 'demo' },
    output: { path: out },
  });
  return { out, manifest: { ...newManifest('job', spec, false), state: 'computed' as const } };
}

test('an output that stands there already is not replaced', async () => {
  const { manifest } = computedJob();
  expect(await thrownBy(planJob(manifest, true, false, ''))).toMatchObject({ code: 'OUTPUT_EXISTS' });
});

test('one that the job itself put there as it was killed is', async () => {
  const { manifest, out } = computedJob();
  const plan = await planJob({ ...manifest, publishing: [out] }, true, false, '');
  expect(plan.names.main).toBe(out);
});
