import type { JobSpec } from '../../core/job-spec.ts';
import { parseJobSpec } from '../../core/job-spec.ts';
import { batchTokensOf, maxLengthOf, maxQuarantineOf, onOff } from './read-job-spec.ts';

type Given = {
  readonly 'max-length'?: string | undefined;
  readonly device?: string | undefined;
  readonly 'batch-tokens'?: string | undefined;
  readonly dedupe?: string | undefined;
  readonly 'max-quarantine'?: string | undefined;
};

/** A job's spec with what a retry may have other than the job. @throws JobError `SPEC_INVALID`. */
export function retrySpec(spec: JobSpec, given: Given): JobSpec {
  return parseJobSpec({
    ...spec,
    task: { ...spec.task, maxLength: maxLengthOf(given['max-length']) ?? spec.task.maxLength },
    device: given.device ?? spec.device,
    batchTokens: batchTokensOf(given['batch-tokens']) ?? spec.batchTokens,
    dedupe: onOff('--dedupe', given.dedupe) ?? spec.dedupe,
    maxQuarantine: maxQuarantineOf(given['max-quarantine']) ?? spec.maxQuarantine,
  });
}
