import { expect, test } from 'vitest';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { openJobDatabase } from '../../../src/store/open-job-database.ts';
import { NO_WORKERS } from '../../support/no-workers.ts';
import { testHeader, testJobId } from '../../support/test-job.ts';

test.each([
  ['that had rows is refused', 535, { code: 'STATE_LOST', message: expect.stringContaining('535 rows') }],
  // It reads the model directory, which has no files here.
  ['that had none is begun', 0, { code: 'MODEL_FILE_MISSING' }],
])('a job whose storage was emptied, and %s', async (_name, rowsKnown, error) => {
  const id = testJobId();
  (await openJobDatabase(id)).close();
  const request = {
    jobId: id,
    resume: true,
    spec: { ...testHeader(id).spec, device: 'wasm' as const },
    input: null,
    model: { name: 'demo', files: {} },
    ingestAhead: 'bounded' as const,
    rowsKnown,
  };
  const device = () => ({ api: { probe: async () => null }, terminate: () => undefined }) as never;
  await expect(
    runJob(request, rowsKnown > 0 ? NO_WORKERS : { ...NO_WORKERS, spawn: { ...NO_WORKERS.spawn, device } }),
  ).rejects.toMatchObject(error);
});
