import { expect, test } from 'vitest';
import type { BatchCost } from '../../../src/core/batch.ts';
import { RunMeter } from '../../../src/pipeline/run-meter.ts';
import { deferred } from '../../../src/util/deferred.ts';

/** A meter whose clock the test sets; it begins at 1000 ms. */
function openMeter() {
  const clock = { ms: 1000 };
  return { clock, meter: new RunMeter(() => clock.ms) };
}

function costOf(run: BatchCost['run'], gpu: BatchCost['gpu'] = null): BatchCost {
  return { readBytes: 404 * 10, run, gpu, memory: { heapBytes: run[1] * 10, gpuBytes: 5000 - run[1] } };
}

test('shares are of the time from the start to the last commit', () => {
  const { clock, meter } = openMeter();
  meter.batchRun(10, costOf([1100, 1300]));
  meter.batchRun(10, costOf([1200, 1500]));
  meter.batchRun(10, costOf([1900, 2000]));
  meter.chunkRead({ readMs: 30, storeMs: 40 });
  meter.chunkRead({ readMs: 20, storeMs: 10 });
  meter.chunkPrepared(600);
  meter.chunkPrepared(700);
  clock.ms = 2000;
  meter.committed(25, 20);
  meter.committed(15, 10);
  clock.ms = 9000;
  expect(meter.metrics(3)).toMatchObject({
    wallSeconds: 1,
    rowsRun: 30,
    deviceBusyShare: 0.5,
    deviceBusyBy: 'runs-in-progress',
    readbackBytes: 12_120,
    readbackBytesPerRow: 404,
    commits: 2,
    commitShare: 0.03,
    deviceMemory: { mostHeapBytes: 20_000, mostGpuBytes: 3700, renewals: 3 },
    stageSeconds: { read: 0.05, store: 0.05, tokenize: 1.3, device: 0.5, commit: 0.04 },
  });
});

test('of several workers, busy is the mean', () => {
  const clock = { ms: 1000 };
  const meter = new RunMeter(() => clock.ms, 2);
  // One runs all the time, the other half of it; batches come back in the order in which they end.
  meter.batchRun(1, costOf([1000, 1100]));
  meter.batchRun(1, costOf([1400, 1500]));
  meter.batchRun(1, costOf([1000, 2000]));
  meter.batchRun(1, costOf([1700, 2000]));
  clock.ms = 2000;
  meter.committed(1, 1);
  expect(meter.metrics(0)!.deviceBusyShare).toBeCloseTo(0.75);
});

test('busy comes from the clock of the GPU where nearly every batch has its times', () => {
  const { clock, meter } = openMeter();
  // The GPU begins with a batch long after the worker took it up; its clock has another zero.
  for (let batch = 0; batch < 200; batch++) {
    const at = 1000 + batch * 10;
    meter.batchRun(1, costOf([at, at + 10], batch === 7 ? null : [5 + batch * 10, 10 + batch * 10]));
  }
  clock.ms = 3000;
  meter.committed(1, 1);
  const metrics = meter.metrics(0)!;
  expect(metrics.deviceBusyBy).toBe('gpu-timestamps');
  expect(metrics.deviceBusyShare).toBeCloseTo((199 * 5) / 2000);
  for (let batch = 0; batch < 3; batch++) meter.batchRun(1, costOf([3000, 3001]));
  expect(meter.metrics(0)!).toMatchObject({ deviceBusyBy: 'runs-in-progress', deviceBusyShare: 1 });
});

test('idle is the time without a batch on the device, by what was waited for', async () => {
  const { clock, meter } = openMeter();
  const rows = deferred<void>();
  const waitingForRows = meter.waiting('rows', rows.promise);
  clock.ms += 70;
  rows.resolve();
  await waitingForRows;
  clock.ms += 5;
  const commit = deferred<void>();
  const waitingForCommit = meter.waiting('commit', commit.promise);
  clock.ms += 20;
  commit.resolve();
  await waitingForCommit;
  meter.batchStarted();
  // The device is at work: waiting costs nothing, until its last batch ends.
  const more = deferred<void>();
  const waitingAgain = meter.waiting('rows', more.promise);
  clock.ms += 100;
  meter.batchStarted();
  clock.ms += 100;
  meter.batchEnded();
  meter.batchEnded();
  clock.ms += 8;
  more.resolve();
  await waitingAgain;
  meter.batchRun(1, costOf([1095, 1295]));
  meter.committed(1, 1);
  const { idleSeconds } = meter.metrics(0)!;
  expect(idleSeconds.rows).toBeCloseTo(0.078);
  expect(idleSeconds.commit).toBeCloseTo(0.02);
  expect(idleSeconds.other).toBeCloseTo(0.005);
});

test('there are no metrics of a run in which nothing ran', () => {
  const { clock, meter } = openMeter();
  clock.ms = 5000;
  meter.committed(10, 10);
  expect(meter.metrics(0)).toBeNull();
});
