import { expect, test } from 'vitest';
import { runJob } from '../../../src/pipeline/run-job.ts';
import type { RunContext } from '../../../src/pipeline/start-engine.ts';
import { openJobDatabase } from '../../../src/store/open-job-database.ts';
import { testHeader, testJobId } from '../../support/test-job.ts';

function noWorker(): never {
  throw new Error('no worker was to be started');
}

const context: RunContext = {
  spawn: { ingest: noWorker, prepare: noWorker, device: noWorker, export: noWorker },
  now: Date.now,
  cores: 2,
  memoryBytes: 2 ** 33,
  onEvent: () => undefined,
  stop: new AbortController().signal,
};

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
    runJob(request, rowsKnown > 0 ? context : { ...context, spawn: { ...context.spawn, device } }),
  ).rejects.toMatchObject(error);
});
