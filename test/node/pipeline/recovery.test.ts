import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { CrashLimit, dispositionOf, isGpuCrash, Watchdog } from '../../../src/pipeline/recovery.ts';

test.each([
  ['DEVICE_OUT_OF_MEMORY', 'halve'],
  ['DEVICE_RUN_FAILED', 'isolate'],
  ['DEVICE_LOST', 'replace'],
  ['DEVICE_TIMEOUT', 'replace'],
  ['WORKER_CRASHED', 'replace'],
  ['DEVICE_UNSTABLE', 'stop'],
  ['MODEL_INVALID', 'stop'],
  ['JOB_MISMATCH', 'stop'],
  ['ABORTED', 'stop'],
] as const)('%s: %s', (code, disposition) => {
  expect(dispositionOf({ code })).toBe(disposition);
});

test('a lost device is a crash only when nobody asked for it', () => {
  const lost = (reason: string) => new JobError('DEVICE_LOST', 'gone', { details: { lost: reason } });
  expect(isGpuCrash(lost('unknown'))).toBe(true);
  expect(isGpuCrash(lost('destroyed'))).toBe(false);
  expect(isGpuCrash(new JobError('WORKER_CRASHED', 'gone', { details: { lost: 'unknown' } }))).toBe(false);
});

test('CrashLimit counts those within its time', () => {
  let now = 0;
  const limit = new CrashLimit(() => now, 3, 60_000);
  const at = (seconds: number) => {
    now = seconds * 1000;
    return limit.crashed();
  };
  expect([at(0), at(30), at(60), at(89)]).toEqual([false, false, false, true]);
});

describe('Watchdog', () => {
  const options = { floorMs: 1_000, ceilingMs: 60_000, factor: 10 };

  test('waits longest while nothing is measured', () => {
    expect(new Watchdog(options).limitMs).toBe(60_000);
  });

  test('waits a multiple of what work took lately, within its bounds', () => {
    const watchdog = new Watchdog(options);
    watchdog.measured(5);
    expect(watchdog.limitMs).toBe(1_000);
    watchdog.measured(400);
    expect(watchdog.limitMs).toBe(4_000);
    watchdog.measured(9_000);
    expect(watchdog.limitMs).toBe(60_000);
  });

  test('forgets one slow piece of work after many quick ones', () => {
    const watchdog = new Watchdog(options);
    watchdog.measured(4_000);
    watchdog.measured(10);
    expect(watchdog.limitMs).toBeGreaterThan(30_000);
    for (let i = 0; i < 50; i++) watchdog.measured(10);
    expect(watchdog.limitMs).toBe(1_000);
  });

  test('waits twice as long after each alarm, as it may have been a false one, and never longer than its ceiling', () => {
    const watchdog = new Watchdog(options);
    watchdog.measured(1_000);
    const limits = [0, 1, 2, 3, 4].map(() => {
      const { limitMs } = watchdog;
      watchdog.alarm();
      return limitMs;
    });
    expect(limits).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
  });
});
