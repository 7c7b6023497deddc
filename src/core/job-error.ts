/** Everything that can end or pause a whole job. Codes are stable: scripts and the exit-code table rely on them. */
export type JobErrorCode =
  | 'SPEC_INVALID'
  | 'INPUT_NOT_FOUND'
  | 'INPUT_EMPTY'
  | 'INPUT_CHANGED'
  | 'INPUT_FORMAT'
  | 'INPUT_NEEDED'
  | 'COLUMN_MISSING'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_FILE_MISSING'
  | 'MODEL_INVALID'
  | 'MODEL_UNSUPPORTED'
  | 'JOB_MISMATCH'
  | 'JOB_NOT_FOUND'
  | 'JOB_UNFINISHED'
  | 'STATE_LOST'
  | 'STATE_BUSY'
  | 'STORE_CORRUPT'
  | 'QUOTA_EXCEEDED'
  | 'DEVICE_UNAVAILABLE'
  | 'DEVICE_LOST'
  | 'DEVICE_OUT_OF_MEMORY'
  | 'DEVICE_RUN_FAILED'
  | 'DEVICE_TIMEOUT'
  | 'DEVICE_DISAGREES'
  | 'DEVICE_UNSTABLE'
  | 'WORKER_CRASHED'
  | 'QUARANTINE_LIMIT'
  | 'BROWSER_NOT_FOUND'
  | 'BROWSER_FAILED'
  | 'EXPORT_FAILED'
  | 'OUTPUT_EXISTS'
  | 'OFFLINE_UNPROVEN'
  | 'ABORTED'
  | 'INTERNAL';

export interface JobErrorOptions {
  /** What the user can do about it, as one sentence. */
  readonly hint?: string;
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
  readonly cause?: unknown;
}

/** The one error class of Millrace: a stable code, a message that names the file, row and reason, and what to do. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: JobErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;

  constructor(code: JobErrorCode, message: string, options: JobErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** Anything thrown, as a JobError: an abort becomes `ABORTED`, the unknown becomes `INTERNAL`. */
export function toJobError(thrown: unknown, code: JobErrorCode = 'INTERNAL'): JobError {
  if (thrown instanceof JobError) return thrown;
  if (thrown instanceof Error) {
    if (thrown.name === 'AbortError')
      return new JobError('ABORTED', 'The job was stopped.', { cause: thrown });
    if (thrown.name === 'QuotaExceededError') {
      return new JobError('QUOTA_EXCEEDED', `The browser's storage is full: ${thrown.message}`, {
        hint: 'Free disk space or remove finished jobs, then resume: nothing that was committed is lost.',
        cause: thrown,
      });
    }
    return new JobError(code, thrown.message, { cause: thrown });
  }
  return new JobError(code, String(thrown));
}
