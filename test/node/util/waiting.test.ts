import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../../../src/util/deferred.ts';
import { sleep } from '../../../src/util/sleep.ts';
import { withTimeout } from '../../../src/util/with-timeout.ts';
import { thrownBy } from '../../support/thrown-by.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('sleep', () => {
  test('waits as long as it is told', async () => {
    let awake = false;
    const sleeping = sleep(1000).then(() => (awake = true));
    await vi.advanceTimersByTimeAsync(999);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
  });

  test('ends early with the reason of the abort, and leaves no timer', async () => {
    const controller = new AbortController();
    const sleeping = sleep(1000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not begin under a signal that is aborted', async () => {
    await expect(sleep(1000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('lets go of the signal when it is over', async () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, 'removeEventListener');
    const sleeping = sleep(10, controller.signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleeping;
    expect(remove).toHaveBeenCalledWith('abort', expect.any(Function));
  });
});

describe('withTimeout', () => {
  const expired = () => new Error('too long');

  test('gives what comes in time, and leaves no timer', async () => {
    expect(await withTimeout(Promise.resolve(7), 1000, expired)).toBe(7);
    await expect(withTimeout(Promise.reject(new Error('own')), 1000, expired)).rejects.toThrow('own');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('throws when it takes longer; a failure after that is nobody’s', async () => {
    const work = deferred<number>();
    const thrown = thrownBy(withTimeout(work.promise, 1000, expired));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await thrown).toEqual(new Error('too long'));
    work.reject(new Error('late'));
    await vi.advanceTimersByTimeAsync(0);
  });

  // A timer that comes late, because the machine slept, is one of many.
  test('does not take a sleep of the machine for the time that the work may take', async () => {
    const work = deferred<number>();
    const result = withTimeout(work.promise, 1000, expired);
    await vi.runOnlyPendingTimersAsync();
    await vi.runOnlyPendingTimersAsync();
    work.resolve(3);
    expect(await result).toBe(3);
  });
});
