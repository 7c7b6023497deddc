import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { sleep } from '../../../src/util/sleep.ts';
import { SCRIPTED_MODEL, ScriptedDevice } from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { thrownBy } from '../../support/thrown-by.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const BATCH = { tokenIds: Int32Array.of(7), lengths: Uint32Array.of(1), paddedLength: 1 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Fails on the first worker only. */
function failingOnce(): ScriptedDevice {
  return new ScriptedDevice(async (_marks, worker) => {
    if (worker === 0) throw new JobError('DEVICE_LOST', 'gone');
  });
}

/** Runs a batch that fails, and so leaves the session without a worker. */
async function failOnce(session: ReturnType<typeof scriptedSession>): Promise<void> {
  await expect(session.run(BATCH)).rejects.toThrow(expect.objectContaining({ code: 'DEVICE_LOST' }));
}

describe('DeviceSession', () => {
  test('loads once and runs on the same worker', async () => {
    const device = new ScriptedDevice();
    const session = scriptedSession(device);
    expect(() => session.output).toThrow(TypeError);
    expect(await session.load()).toBe(SCRIPTED_MODEL);
    await session.load();
    expect(session.output).toEqual({ kind: 'vector', dims: 2, element: 'float32' });
    expect([...vectorNumbers((await session.run(BATCH)).values)]).toEqual([7, -7]);
    expect(device.started).toBe(1);
  });

  test('ends the worker of a first load that fails, and says why', async () => {
    const device = new ScriptedDevice();
    device.load = async () => {
      throw new JobError('MODEL_INVALID', 'no model');
    };
    await expect(scriptedSession(device).load()).rejects.toThrow('no model');
    expect([...device.ended]).toEqual([0]);
  });

  test('ends the worker of a failed run; the next run has a fresh one', async () => {
    const device = failingOnce();
    const restarts: JobError[] = [];
    const session = scriptedSession(device, restarts);
    await session.load();
    await failOnce(session);
    expect([...device.ended]).toEqual([0]);
    expect(restarts.map((reason) => reason.code)).toEqual(['DEVICE_LOST']);
    const again = session.run(BATCH);
    await vi.advanceTimersByTimeAsync(0);
    expect([...vectorNumbers((await again).values)]).toEqual([7, -7]);
    expect(device.started).toBe(2);
    expect(device.runsAfterFailure).toBe(0);
  });

  test('tries three times to start a fresh worker, with time in between', async () => {
    const device = failingOnce();
    const session = scriptedSession(device);
    await session.load();
    await failOnce(session);
    device.load = async (worker) => {
      if (worker < 3) throw new JobError('DEVICE_LOST', 'not yet');
      return SCRIPTED_MODEL;
    };
    const again = session.run(BATCH);
    await vi.advanceTimersByTimeAsync(5_999);
    expect(device.started).toBe(3);
    await vi.advanceTimersByTimeAsync(1);
    expect([...vectorNumbers((await again).values)]).toEqual([7, -7]);
    expect([...device.ended]).toEqual([0, 1, 2]);
  });

  test('gives up with the last reason when the device does not come back', async () => {
    const device = failingOnce();
    const session = scriptedSession(device);
    await session.load();
    await failOnce(session);
    device.load = async () => {
      throw new JobError('DEVICE_LOST', 'still gone');
    };
    const gone = { code: 'DEVICE_UNSTABLE', message: expect.stringContaining('still gone') };
    const again = thrownBy(session.run(BATCH));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await again).toMatchObject(gone);
    expect(device.started).toBe(4);
    expect(device.ended.size).toBe(4);
  });

  test('refuses a model that is another one after a restart, and does not try again', async () => {
    const device = failingOnce();
    const session = scriptedSession(device);
    await session.load();
    await failOnce(session);
    device.load = async () => ({ ...SCRIPTED_MODEL, weightSha256: { 'onnx/model.onnx': 'other' } });
    const again = thrownBy(session.run(BATCH));
    await vi.advanceTimersByTimeAsync(0);
    expect(await again).toMatchObject({
      code: 'JOB_MISMATCH',
      message: expect.stringContaining('onnx/model.onnx changed'),
    });
    expect(device.started).toBe(2);
    expect(device.ended.size).toBe(2);
  });

  test('tries again when the adapter is hidden for a moment, as Chromium does after crashes', async () => {
    const device = failingOnce();
    const session = scriptedSession(device);
    await session.load();
    await failOnce(session);
    device.load = async (worker) => {
      if (worker < 2) throw new JobError('DEVICE_UNAVAILABLE', 'WebGPU has no adapter in this browser.');
      return SCRIPTED_MODEL;
    };
    const again = session.run(BATCH);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...vectorNumbers((await again).values)]).toEqual([7, -7]);
  });

  test('takes a batch of ten minutes for a hung worker, before any has been measured', async () => {
    const device = new ScriptedDevice(() => deferred<void>().promise);
    const session = scriptedSession(device);
    await session.load();
    const hung = thrownBy(session.run(BATCH));
    await vi.advanceTimersByTimeAsync(599_999);
    expect(device.ended.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await hung).toMatchObject({ code: 'DEVICE_TIMEOUT' });
    expect(device.ended.size).toBe(1);
  });

  test('takes a batch that lasts 20 times as long as the others for hung; the next one may last twice as long', async () => {
    let lastsMs = 3_000;
    const device = new ScriptedDevice(() => sleep(lastsMs));
    const session = scriptedSession(device);
    await session.load();
    const run = session.run(BATCH);
    await vi.advanceTimersByTimeAsync(3_000);
    await run;
    lastsMs = 2 ** 31 - 1;
    for (const limitMs of [60_000, 120_000]) {
      const hung = thrownBy(session.run(BATCH));
      const ended = device.ended.size;
      await vi.advanceTimersByTimeAsync(limitMs - 1);
      expect(device.ended.size).toBe(ended);
      await vi.advanceTimersByTimeAsync(1);
      expect(await hung).toMatchObject({ code: 'DEVICE_TIMEOUT' });
      expect(device.ended.size).toBe(ended + 1);
    }
  });

  test('gives up when the GPU process crashes three times within a minute, with advice', async () => {
    const lost = new JobError('DEVICE_LOST', 'gone', { details: { lost: 'unknown' } });
    const device = new ScriptedDevice(async () => {
      throw lost;
    });
    const restarts: JobError[] = [];
    const session = scriptedSession(device, restarts);
    await session.load();
    const crash = async () => {
      const run = thrownBy(session.run(BATCH));
      await vi.advanceTimersByTimeAsync(20_000);
      return run;
    };
    // The first one is forgotten by the time the fourth comes.
    await crash();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await crash()).toBe(lost);
    expect(await crash()).toBe(lost);
    expect(await crash()).toMatchObject({
      code: 'DEVICE_UNSTABLE',
      message: expect.stringContaining('crashed 3 times within a minute'),
      hint: expect.stringContaining('resume'),
    });
    expect(restarts.length).toBe(3);
    expect(device.ended.size).toBe(4);
  });

  test('goes on for as long as it likes when a device is lost for another reason', async () => {
    const device = new ScriptedDevice(async () => {
      throw new JobError('DEVICE_LOST', 'gone', { details: { lost: 'destroyed' } });
    });
    const session = scriptedSession(device);
    await session.load();
    for (let i = 0; i < 5; i++) {
      const run = thrownBy(session.run(BATCH));
      await vi.advanceTimersByTimeAsync(0);
      expect(await run).toMatchObject({ code: 'DEVICE_LOST' });
    }
  });

  test('announces one restart when several batches fail together', async () => {
    const device = new ScriptedDevice(async ([mark]) => {
      if (mark === 7) throw new JobError('DEVICE_LOST', 'gone');
      await deferred<void>().promise;
    });
    const restarts: JobError[] = [];
    const session = scriptedSession(device, restarts);
    await session.load();
    const waiting = session.run({ ...BATCH, tokenIds: Int32Array.of(8) });
    const failing = session.run(BATCH);
    await expect(failing).rejects.toThrow('gone');
    await expect(waiting).rejects.toThrow(expect.objectContaining({ code: 'WORKER_CRASHED' }));
    expect(restarts.map((reason) => reason.code)).toEqual(['DEVICE_LOST']);
  });

  test('ends its worker and what is in flight when it is closed, and starts no other', async () => {
    const device = new ScriptedDevice(() => deferred<void>().promise);
    const restarts: JobError[] = [];
    const session = scriptedSession(device, restarts);
    await session.load();
    const running = thrownBy(session.run(BATCH));
    await vi.advanceTimersByTimeAsync(0);
    session.close();
    expect(await running).toMatchObject({ code: 'WORKER_CRASHED' });
    const later = thrownBy(session.run(BATCH));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await later).toMatchObject({ code: 'ABORTED' });
    expect(device.started).toBe(1);
    expect(restarts).toEqual([]);
  });
});
