import { afterEach, expect, test, vi } from 'vitest';
import { KeepAwake } from '../../../src/app/job/keep-awake.ts';

afterEach(() => vi.restoreAllMocks());

/** Headless browsers grant no wake lock: what is asked for and let go is what counts. */
function watchLocks(): { held: number; asked: number } {
  const count = { held: 0, asked: 0 };
  vi.spyOn(navigator.wakeLock, 'request').mockImplementation(async () => {
    count.asked++;
    count.held++;
    const release = async () => void count.held--;
    return Object.assign(new EventTarget(), { release }) as unknown as WakeLockSentinel;
  });
  return count;
}

test('holds the screen on while a job runs, and asks again when the tab is seen again', async () => {
  const count = watchLocks();
  const awake = new KeepAwake();
  awake.set(false);
  expect(count.asked).toBe(0);
  awake.set(true);
  awake.set(true);
  expect(count).toEqual({ held: 1, asked: 1 });
  document.dispatchEvent(new Event('visibilitychange'));
  expect(count.asked).toBe(2);
  awake.set(false);
  await expect.poll(() => count.held).toBe(1);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(count.asked).toBe(2);
});

test('a refusal is nobody’s business', async () => {
  vi.spyOn(navigator.wakeLock, 'request').mockRejectedValue(new DOMException('no', 'NotAllowedError'));
  const awake = new KeepAwake();
  awake.set(true);
  awake.set(false);
  await expect(navigator.wakeLock.request('screen')).rejects.toThrow('no');
});
