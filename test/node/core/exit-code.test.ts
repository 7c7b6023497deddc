import { expect, test } from 'vitest';
import { exitCodeFor } from '../../../src/core/exit-code.ts';
import type { JobErrorCode } from '../../../src/core/job-error.ts';

/** Documented in the README; a code left out here is a type error. */
const EXPECTED: Readonly<Record<JobErrorCode, 1 | 2 | 3 | 130>> = {
  SPEC_INVALID: 2,
  INPUT_NOT_FOUND: 2,
  INPUT_EMPTY: 2,
  INPUT_CHANGED: 2,
  INPUT_FORMAT: 2,
  INPUT_NEEDED: 2,
  COLUMN_MISSING: 2,
  MODEL_NOT_FOUND: 2,
  MODEL_FILE_MISSING: 2,
  MODEL_INVALID: 2,
  MODEL_UNSUPPORTED: 2,
  JOB_MISMATCH: 2,
  JOB_NOT_FOUND: 2,
  JOB_UNFINISHED: 2,
  STATE_LOST: 2,
  STATE_BUSY: 1,
  STORE_CORRUPT: 1,
  QUOTA_EXCEEDED: 1,
  DEVICE_UNAVAILABLE: 2,
  DEVICE_LOST: 1,
  DEVICE_OUT_OF_MEMORY: 1,
  DEVICE_RUN_FAILED: 1,
  DEVICE_TIMEOUT: 1,
  DEVICE_DISAGREES: 2,
  DEVICE_UNSTABLE: 1,
  WORKER_CRASHED: 1,
  QUARANTINE_LIMIT: 3,
  BROWSER_NOT_FOUND: 2,
  BROWSER_FAILED: 1,
  EXPORT_FAILED: 1,
  OUTPUT_EXISTS: 2,
  OFFLINE_UNPROVEN: 2,
  ABORTED: 130,
  INTERNAL: 1,
};

test.each(Object.entries(EXPECTED))('%s ends the command with exit code %i', (code, exit) => {
  expect(exitCodeFor(code as JobErrorCode)).toBe(exit);
});
