import type { JobErrorCode } from './job-error.ts';

/**
 * Exit codes of the command line, documented in the README and stable:
 * schedulers branch on them (Kubernetes `podFailurePolicy`, Airflow `skip_on_exit_code`).
 */
export const EXIT = {
  /** The job is complete; rows in quarantine, if any, are counted in the summary. */
  complete: 0,
  /** Failed for a reason that may pass: run `millrace resume`. */
  failed: 1,
  /** Do not retry: the command line, the input, the model or the state must be changed first. */
  doNotRetry: 2,
  /** More rows went to quarantine than the job allows; everything computed is committed. Look at them first. */
  quarantineLimit: 3,
  /** Stopped by Ctrl+C or SIGTERM; everything computed is committed: run `millrace resume`. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const DO_NOT_RETRY: ReadonlySet<JobErrorCode> = new Set<JobErrorCode>([
  'SPEC_INVALID',
  'INPUT_NOT_FOUND',
  'INPUT_EMPTY',
  'INPUT_CHANGED',
  'INPUT_FORMAT',
  'INPUT_NEEDED',
  'COLUMN_MISSING',
  'MODEL_NOT_FOUND',
  'MODEL_FILE_MISSING',
  'MODEL_INVALID',
  'MODEL_UNSUPPORTED',
  'JOB_MISMATCH',
  'JOB_NOT_FOUND',
  'JOB_UNFINISHED',
  'STATE_LOST',
  'DEVICE_UNAVAILABLE',
  'DEVICE_DISAGREES',
  'BROWSER_NOT_FOUND',
  'OUTPUT_EXISTS',
  'OFFLINE_UNPROVEN',
]);

export function exitCodeFor(code: JobErrorCode): ExitCode {
  if (code === 'ABORTED') return EXIT.interrupted;
  if (code === 'QUARANTINE_LIMIT') return EXIT.quarantineLimit;
  return DO_NOT_RETRY.has(code) ? EXIT.doNotRetry : EXIT.failed;
}
