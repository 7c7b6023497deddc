import type { RunRequest } from '../core/job-api.ts';
import type { JobEvent } from '../core/job-event.ts';
import { datasetIdentity, type DatasetIdentity } from '../source/dataset-identity.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import { checkDataset } from './job-fingerprint.ts';
import type { OpenedJob } from './open-job.ts';

/** Null when the input is not at hand. */
export async function identityOf({ input }: RunRequest): Promise<DatasetIdentity | null> {
  return input === null ? null : datasetIdentity(input.map(openByteRange));
}

/** Tells of another input before minutes go into loading a model. @throws JobError `JOB_MISMATCH`. */
export async function sameDataset(
  request: RunRequest,
  { header }: OpenedJob,
  onEvent: (event: JobEvent) => void,
): Promise<DatasetIdentity | null> {
  onEvent({ kind: 'stage', stage: 'checking', message: 'Comparing the input with what the job read' });
  const dataset = await identityOf(request);
  if (dataset !== null && header.fingerprint !== null)
    checkDataset(request.jobId, header.fingerprint, dataset);
  return dataset;
}
