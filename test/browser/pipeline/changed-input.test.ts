import { expect, test } from 'vitest';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { datasetIdentity } from '../../../src/source/dataset-identity.ts';
import { openByteRange } from '../../../src/util/byte-range/open-byte-range.ts';
import { NO_WORKERS } from '../../support/no-workers.ts';
import { beginTestJob, testHeader } from '../../support/test-job.ts';

const inputOf = (text: string) => [{ kind: 'blob', name: 'rows.jsonl', blob: new Blob([text]) } as const];

test('a job that goes on with another input is refused before a model is read or a worker started', async () => {
  const input = inputOf('{"id": "1", "text": "the same"}\n');
  const { byteLength, headSha256, tailSha256 } = await datasetIdentity(input.map(openByteRange));
  const fingerprint = {
    'input size': byteLength,
    'input start': headSha256,
    'input end': tailSha256,
    task: 'embed',
  };
  const { id, db } = await beginTestJob({ fingerprint });
  db.close();
  const goOn = (given: ReturnType<typeof inputOf>) =>
    runJob(
      {
        jobId: id,
        resume: true,
        spec: testHeader(id).spec,
        input: given,
        model: { name: 'demo', files: {} },
        ingestAhead: 'all',
      },
      NO_WORKERS,
    );
  await expect(goOn(inputOf('{"id": "1", "text": "another"}\n'))).rejects.toMatchObject({
    code: 'JOB_MISMATCH',
    message: expect.stringMatching(/input size was 32 and is now 31/),
  });
  // The same letters but one.
  await expect(goOn(inputOf('{"id": "1", "text": "the Same"}\n'))).rejects.toMatchObject({
    code: 'JOB_MISMATCH',
    message: expect.stringMatching(/input start was sha256 /),
  });
  await expect(goOn(input)).rejects.toThrow('no worker was to be started');
});
