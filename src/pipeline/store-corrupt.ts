import { JobError } from '../core/job-error.ts';

export function corrupt(what: string): JobError {
  return new JobError('STORE_CORRUPT', `What is stored is damaged: ${what}.`, {
    hint: 'Resume the job: what does not match its checksum is computed again.',
  });
}
