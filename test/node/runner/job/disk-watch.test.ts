import { expect, test } from 'vitest';
import { DiskWatch } from '../../../../src/runner/job/disk-watch.ts';

const MIB = 2 ** 20;

/** A watch whose disk has these bytes free, look by look; the last ones stay. */
function watchOf(...free: readonly number[]) {
  let looks = 0;
  const watch = new DiskWatch({
    freeBytes: async () => free[Math.min(looks++, free.length - 1)]!,
    wait: () => new Promise((resolve) => setTimeout(resolve)),
  });
  return { watch, looks: () => looks };
}

const { signal } = new AbortController();

test('tells when the disk has less free than the reserve', async () => {
  const { watch, looks } = watchOf(600 * MIB, 512 * MIB, 511 * MIB);
  expect(await watch.untilFull(signal)).toBe(511 * MIB);
  expect(looks()).toBe(3);
});

test('takes more than the reserve for room', async () => {
  const { watch, looks } = watchOf(600 * MIB, 767 * MIB, 768 * MIB);
  await watch.untilRoom(signal);
  expect(looks()).toBe(3);
});

test('a file system that cannot be asked has room', async () => {
  const watch = new DiskWatch({ freeBytes: () => Promise.reject(new Error('no statfs')) });
  await watch.untilRoom(signal);
  expect(await watch.untilFull(AbortSignal.abort())).toBeNull();
});

test('ends with the signal', async () => {
  const stop = new AbortController();
  const { watch } = watchOf(600 * MIB);
  const waiting = watch.untilFull(stop.signal);
  stop.abort();
  expect(await waiting).toBeNull();
});
