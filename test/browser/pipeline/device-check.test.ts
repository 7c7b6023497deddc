import { describe, expect, test } from 'vitest';
import type { BatchOutput } from '../../../src/core/batch.ts';
import type { DeviceReport } from '../../../src/core/device-info.ts';
import { JobError } from '../../../src/core/job-error.ts';
import type { DeviceAgreement } from '../../../src/core/job-event.ts';
import { DeviceCheck, type DeviceCheckOptions } from '../../../src/pipeline/device-check.ts';
import { DeviceRunner } from '../../../src/pipeline/device-runner.ts';
import { RunMeter } from '../../../src/pipeline/run-meter.ts';
import { runWindows } from '../../../src/pipeline/run-windows.ts';
import type { PreparedWindow } from '../../../src/pipeline/prepare-windows.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { preparedWindow } from '../../support/prepared-window.ts';
import {
  rowOf,
  outputOf,
  ScriptedDevice,
  vectorOf,
  type DeviceScript,
} from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { openCommits, openNow } from '../../support/test-commits.ts';
import { beginTestJob } from '../../support/test-job.ts';

const GPU: DeviceReport = {
  provider: 'webgpu',
  label: 'webgpu: test',
  reason: '',
  adapter: null,
  threads: 1,
};

const range = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);

/** Vectors that point another way than those of the GPU. */
const wrong: DeviceScript = async (marks): Promise<BatchOutput> => {
  return outputOf(marks.map((mark) => vectorOf(mark).toReversed()));
};

/** A job on a GPU that does as the script says, with a WASM that does as its own, and everything that came of it. */
async function startJob(
  wasm: DeviceScript,
  windows: readonly PreparedWindow[],
  { gpu, ...change }: { readonly gpu?: DeviceScript } & Partial<DeviceCheckOptions> = {},
) {
  const { db } = await beginTestJob();
  const gpuDevice = new ScriptedDevice(gpu);
  const wasmDevice = new ScriptedDevice(wasm);
  const session = scriptedSession(gpuDevice);
  await session.load();
  const runner = new DeviceRunner(session);
  const { commits, told } = openCommits(db);
  const stop = new AbortController();
  const agreed: DeviceAgreement[] = [];
  const failed: unknown[] = [];
  const check = new DeviceCheck({
    spawn: wasmDevice.spawn,
    runner,
    request: session.request,
    device: GPU,
    commits,
    agreement: null,
    onAgreed: async (agreement) => void agreed.push(agreement),
    onFailed: (thrown) => {
      failed.push(thrown);
      stop.abort(thrown);
    },
    ...change,
  });
  const run = async () => {
    await runWindows({
      windows: (async function* () {
        yield* windows;
      })(),
      runner,
      commits,
      meter: new RunMeter(() => 0),
      maxInFlight: 2,
      onWindow: async (window) => check.begin(window),
      onOutOfMemory: () => undefined,
      withIds: async (_window, refused) => refused,
      stop: stop.signal,
    });
    await check.settled();
    await commits.flush();
  };
  const storedRows = async () =>
    (await db.getAll('results')).flatMap(({ rows }) => [...rows]).sort((a, b) => a - b);
  return { db, gpuDevice, wasmDevice, commits, told, check, stop, agreed, failed, run, storedRows };
}

describe('DeviceCheck', () => {
  test('lets the GPU compute while WASM still works, and commits when both agree', async () => {
    const gate = deferred<void>();
    const job = await startJob(() => gate.promise, [preparedWindow(0, range(8), 2)]);
    const done = job.run();
    // The comparison's own batch, shortest to longest of the plan, then every batch of the window.
    await expect.poll(() => job.gpuDevice.batches.length).toBe(5);
    await job.commits.flush();
    expect(await job.db.count('results')).toBe(0);
    expect(job.agreed).toEqual([]);
    gate.resolve();
    await done;
    expect(job.gpuDevice.batches).toEqual([
      [1, 3, 5, 8],
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    expect(job.wasmDevice.batches).toEqual([[1, 3, 5, 8]]);
    expect(await job.storedRows()).toEqual(range(8).map(rowOf));
    expect(job.agreed).toEqual([{ rows: 4, worstCosine: expect.closeTo(1, 6) }]);
    expect(job.check.agreement).toEqual(job.agreed[0]);
    expect([...job.wasmDevice.ended]).toEqual([0]);
  });

  test('records the agreement before the first commit', async () => {
    const recorded = deferred<void>();
    const job = await startJob(async () => undefined, [preparedWindow(0, range(4), 2)], {
      onAgreed: () => recorded.promise,
    });
    const done = job.run();
    await expect.poll(() => job.wasmDevice.ended.size).toBe(1);
    await expect.poll(() => job.gpuDevice.batches.length).toBe(3);
    await job.commits.flush();
    expect(await job.db.count('results')).toBe(0);
    recorded.resolve();
    await done;
    expect(await job.storedRows()).toEqual(range(4).map(rowOf));
  });

  test('stops the job with nothing committed when they disagree', async () => {
    const gate = deferred<void>();
    const script: DeviceScript = async (marks, worker) => {
      await gate.promise;
      return wrong(marks, worker);
    };
    const job = await startJob(script, [preparedWindow(0, range(8), 2), preparedWindow(1, range(8, 20), 2)]);
    const done = job.run();
    await expect.poll(() => job.gpuDevice.batches.length).toBe(9);
    await job.commits.flush();
    gate.resolve();
    await done;
    expect(job.failed).toMatchObject([{ code: 'DEVICE_DISAGREES' }]);
    expect(await job.db.count('results')).toBe(0);
    expect(job.commits.totals.rowsEmbedded).toBe(0);
    expect([...job.wasmDevice.ended]).toEqual([0]);
  });

  test('goes on to the next window when the first has nothing to run', async () => {
    const job = await startJob(
      async () => undefined,
      [preparedWindow(0, [], 2), preparedWindow(1, range(3, 20), 2)],
    );
    await job.run();
    expect(job.agreed).toMatchObject([{ rows: 3 }]);
    expect(await job.storedRows()).toEqual(range(3, 20).map(rowOf));
  });

  test('names the first of the rows that share a differing example', async () => {
    const rows = { rows: Uint32Array.of(3, 7, 9, 4), starts: Uint32Array.of(0, 3, 4) };
    const job = await startJob(wrong, [preparedWindow(0, range(2), 2, { rows })]);
    await job.run();
    // Examples are held the other way round: mark 1, which is run first, is the second.
    expect(job.failed).toMatchObject([{ details: { row: 4 } }]);
  });

  test('a stop meanwhile waits for it, and keeps what was computed', async () => {
    const gate = deferred<void>();
    const job = await startJob(() => gate.promise, [preparedWindow(0, range(8), 2)]);
    const done = job.run();
    await expect.poll(() => job.gpuDevice.batches.length).toBe(5);
    job.stop.abort();
    gate.resolve();
    await done;
    expect(await job.storedRows()).toEqual(range(8).map(rowOf));
    expect([...job.wasmDevice.ended]).toEqual([0]);
  });

  test('a GPU that is gone for good ends it at once, and its worker', async () => {
    const job = await startJob(() => deferred<void>().promise, [preparedWindow(0, range(4), 2)], {
      gpu: async () => {
        throw new JobError('DEVICE_UNAVAILABLE', 'gone');
      },
    });
    await expect(job.run()).rejects.toThrow('gone');
    await job.check.settled();
    expect(job.failed).toMatchObject([{ code: 'DEVICE_UNAVAILABLE' }]);
    expect([...job.wasmDevice.ended]).toEqual([0]);
    expect(await job.db.count('results')).toBe(0);
  });

  test("another batch's failure does not fail it", async () => {
    let fails = true;
    const job = await startJob(async () => undefined, [preparedWindow(0, range(8), 2)], {
      gpu: async (marks) => {
        // The first two batches and the comparison's are on the same worker.
        if (marks.length === 2 && fails) {
          fails = false;
          throw new JobError('DEVICE_LOST', 'gone');
        }
        if (marks.length === 4 && fails) await deferred<void>().promise;
      },
    });
    await job.run();
    expect(job.failed).toEqual([]);
    expect(job.agreed).toHaveLength(1);
    expect(await job.storedRows()).toEqual(range(8).map(rowOf));
  });

  test.each([
    ['on WASM', { device: { ...GPU, provider: 'wasm' as const } }],
    ['a job that was compared before', { agreement: { rows: 4, worstCosine: 1 } }],
  ])('compares nothing %s', async (_name, change) => {
    const job = await startJob(wrong, [preparedWindow(0, range(4), 2)], change);
    await job.run();
    expect(job.wasmDevice.started).toBe(0);
    expect(await job.storedRows()).toEqual(range(4).map(rowOf));
  });

  test('does not hang while 16 MiB wait for it', async () => {
    const gate = deferred<void>();
    const job = await startJob(() => gate.promise, [preparedWindow(0, range(2), 2)]);
    job.check.begin(preparedWindow(0, range(2), 2));
    const window = await openNow(job.commits, preparedWindow(1, range(6), 1).record, true, [], {
      truncated: 0,
      copies: 0,
    });
    for (const ordinal of range(6, 0)) {
      const result = { rows: Uint32Array.of(ordinal), values: new Uint8Array(2 ** 22), refused: [] };
      job.commits.add({ window, ordinal, result, tokens: 1, paddedTokens: 1 });
    }
    let room = false;
    const waiting = job.commits.room().then(() => (room = true));
    await new Promise((resolve) => setTimeout(resolve));
    expect(room).toBe(false);
    gate.resolve();
    await waiting;
    await job.commits.flush();
    expect(await job.storedRows()).toEqual(range(6, 0));
  });
});
