import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { RenewedSession } from '../../../src/pipeline/renewed-session.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { Mutex } from '../../../src/util/mutex.ts';
import { SCRIPTED_MODEL, ScriptedDevice } from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { thrownBy } from '../../support/thrown-by.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const batch = (mark: number) => ({
  tokenIds: Int32Array.of(mark),
  lengths: Uint32Array.of(1),
  paddedLength: 1,
});
/** Lets everything that can go on without the script go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A session that is renewed after three batches; batches from mark 100 on wait until they are let go. */
async function renewedSession(overlap: boolean, turn = new Mutex()) {
  const gates = new Map<number, ReturnType<typeof deferred<void>>>();
  const byWorker: number[][] = [];
  const device = new ScriptedDevice(async ([mark], worker) => {
    (byWorker[worker] ??= []).push(mark!);
    if (mark! < 100) return;
    const gate = deferred<void>();
    gates.set(mark!, gate);
    await gate.promise;
  });
  const told: string[] = [];
  const restarts: JobError[] = [];
  const session = new RenewedSession({
    open: () => scriptedSession(device, restarts),
    limits: { batches: 3, growthBytes: 1, settleBatches: 1 },
    overlap,
    turn,
    onRenewed: (reason) => told.push(reason),
    onKept: ({ message }) => told.push(`kept: ${message}`),
  });
  expect(() => session.output).toThrow(TypeError);
  expect(await session.load()).toBe(SCRIPTED_MODEL);
  const run = async (mark: number) => [...vectorNumbers((await session.run(batch(mark))).values)];
  const wearOut = async () => {
    for (const mark of [1, 2, 3]) expect(await run(mark)).toEqual([mark, -mark]);
  };
  return {
    device,
    session,
    byWorker,
    told,
    restarts,
    run,
    wearOut,
    release: (mark: number) => gates.get(mark)!.resolve(),
    fail: (mark: number, error: JobError) => gates.get(mark)!.reject(error),
  };
}

describe('a worker that is worn', () => {
  test('runs on until the fresh one is loaded, and is ended when its last batch is done', async () => {
    const { device, session, byWorker, told, run, wearOut, release } = await renewedSession(true);
    const loading = deferred<typeof SCRIPTED_MODEL>();
    device.load = () => loading.promise;
    const slow = run(100);
    await wearOut();
    await settle();
    expect(device.started).toBe(2);
    expect(await run(4)).toEqual([4, -4]);
    loading.resolve(SCRIPTED_MODEL);
    await settle();
    expect(await run(5)).toEqual([5, -5]);
    expect([...device.ended], 'one batch is still on it').toEqual([]);
    release(100);
    expect(await slow).toEqual([100, -100]);
    await settle();
    expect([...device.ended]).toEqual([0]);
    expect(byWorker).toEqual([[100, 1, 2, 3, 4], [5]]);
    expect(told).toEqual(['the old one ran 3 batches']);
    expect([session.renewals, session.output]).toEqual([1, SCRIPTED_MODEL.output]);
  });

  test('is emptied and ended before the fresh one is loaded where there is no room for two', async () => {
    const { device, byWorker, told, run, wearOut, release } = await renewedSession(false);
    const slow = run(100);
    await wearOut();
    const waiting = run(4);
    await settle();
    expect([device.started, device.ended.size]).toEqual([1, 0]);
    release(100);
    await slow;
    expect(await waiting).toEqual([4, -4]);
    expect([device.started, ...device.ended]).toEqual([2, 0]);
    expect(byWorker).toEqual([[100, 1, 2, 3], [4]]);
    expect(told).toEqual(['the old one ran 3 batches']);
  });

  test.each([true, false])('is replaced again and again (overlap: %s)', async (overlap) => {
    const { device, session, byWorker, run, restarts } = await renewedSession(overlap);
    for (let mark = 1; mark <= 12; mark++) {
      expect(await run(mark)).toEqual([mark, -mark]);
      await settle();
    }
    expect(byWorker).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ]);
    // The fifth has nothing to do yet.
    expect([session.renewals, device.ended.size, restarts.length]).toEqual([4, 4, 0]);
  });
});

describe('when the fresh worker cannot be had', () => {
  test('the job goes on with the old one, and tries again after as much work', async () => {
    const { device, session, byWorker, told, run, wearOut } = await renewedSession(true);
    device.load = async () => {
      throw new JobError('DEVICE_OUT_OF_MEMORY', 'no room');
    };
    await wearOut();
    await settle();
    expect(told).toEqual(['kept: no room']);
    expect([...device.ended]).toEqual([1]);
    device.load = async () => SCRIPTED_MODEL;
    await wearOut();
    await settle();
    await run(7);
    expect(byWorker).toEqual([[1, 2, 3, 1, 2, 3], undefined, [7]]);
    expect([told.length, session.renewals]).toEqual([2, 1]);
  });

  test('nor is one taken that has other weights', async () => {
    const { device, told, run, wearOut, byWorker } = await renewedSession(true);
    device.load = async () => ({ ...SCRIPTED_MODEL, weightSha256: { 'onnx/model.onnx': 'other' } });
    await wearOut();
    await settle();
    await run(4);
    expect(byWorker).toEqual([[1, 2, 3, 4]]);
    expect(told).toEqual(['kept: onnx/model.onnx changed while the job was running.']);
  });

  test('where the old one had to go first, other weights end the job', async () => {
    const { device, run, wearOut } = await renewedSession(false);
    device.load = async () => ({ ...SCRIPTED_MODEL, weightSha256: { 'onnx/model.onnx': 'other' } });
    await wearOut();
    await settle();
    expect(await thrownBy(run(4))).toMatchObject({ code: 'JOB_MISMATCH' });
  });

  test('where the old one had to go first, loading is tried again', async () => {
    const { device, run, wearOut } = await renewedSession(false);
    device.load = async (worker) => {
      if (worker === 1) throw new JobError('DEVICE_LOST', 'not yet');
      return SCRIPTED_MODEL;
    };
    await wearOut();
    expect(await run(4)).toEqual([4, -4]);
    expect(device.started).toBe(3);
  });
});

test('a batch that fails on the old worker leaves the fresh one alone', async () => {
  const { device, run, wearOut, byWorker, fail, restarts } = await renewedSession(true);
  const loading = deferred<typeof SCRIPTED_MODEL>();
  device.load = () => loading.promise;
  const slow = thrownBy(run(100));
  await wearOut();
  loading.resolve(SCRIPTED_MODEL);
  await settle();
  fail(100, new JobError('DEVICE_LOST', 'gone'));
  expect(await slow).toMatchObject({ code: 'DEVICE_LOST' });
  expect(await run(4)).toEqual([4, -4]);
  expect(byWorker).toEqual([[100, 1, 2, 3], [4]]);
  expect([...device.ended]).toEqual([0]);
  expect(restarts.map(({ code }) => code)).toEqual(['DEVICE_LOST']);
});

test('a worker that fails while the fresh one is loaded is replaced by it all the same', async () => {
  const { device, session, run, wearOut, byWorker, fail } = await renewedSession(true);
  const loading = deferred<typeof SCRIPTED_MODEL>();
  device.load = () => loading.promise;
  const slow = thrownBy(run(100));
  await wearOut();
  await settle();
  fail(100, new JobError('DEVICE_LOST', 'gone'));
  expect(await slow).toMatchObject({ code: 'DEVICE_LOST' });
  loading.resolve(SCRIPTED_MODEL);
  await settle();
  expect(await run(4)).toEqual([4, -4]);
  expect(byWorker).toEqual([[100, 1, 2, 3], [4]]);
  expect([...device.ended]).toEqual([0]);
  expect(session.renewals).toBe(1);
});

test('of workers side by side one at a time is replaced', async () => {
  const turn = new Mutex();
  const [a, b] = [await renewedSession(true, turn), await renewedSession(true, turn)];
  const loading = deferred<typeof SCRIPTED_MODEL>();
  a.device.load = () => loading.promise;
  await a.wearOut();
  await b.wearOut();
  await settle();
  expect([a.device.started, b.device.started]).toEqual([2, 1]);
  loading.resolve(SCRIPTED_MODEL);
  await settle();
  expect([a.session.renewals, b.session.renewals]).toEqual([1, 1]);
});

test.each([true, false])(
  'closing ends every worker, also one that is just loaded (overlap: %s)',
  async (overlap) => {
    const { device, session, run, wearOut, told } = await renewedSession(overlap);
    const loading = deferred<typeof SCRIPTED_MODEL>();
    device.load = () => loading.promise;
    const slow = thrownBy(run(100));
    await wearOut();
    const later = overlap ? Promise.resolve() : thrownBy(run(4));
    await settle();
    session.close();
    loading.resolve(SCRIPTED_MODEL);
    expect(await slow).toMatchObject({ code: 'WORKER_CRASHED' });
    await later;
    await settle();
    expect(device.ended.size).toBe(device.started);
    expect(told).toEqual([]);
  },
);
