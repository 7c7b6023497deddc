import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { DeviceGroup } from '../../../src/pipeline/device-group.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { SCRIPTED_MODEL, ScriptedDevice } from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const batch = (mark: number) => ({
  tokenIds: Int32Array.of(mark),
  lengths: Uint32Array.of(1),
  paddedLength: 1,
});

/** Lets everything that can go on without the script go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A group whose batches wait until they are let go, and what each worker was given, in order. */
function gatedGroup(workers: number, depth = 2) {
  const gates = new Map<number, ReturnType<typeof deferred<void>>>();
  const byWorker: number[][] = [];
  const device = new ScriptedDevice(async ([mark], worker) => {
    (byWorker[worker] ??= []).push(mark!);
    const gate = deferred<void>();
    gates.set(mark!, gate);
    await gate.promise;
  });
  const fewer: JobError[] = [];
  const sessions = Array.from({ length: workers }, () => scriptedSession(device));
  const group = new DeviceGroup({ sessions, depth, onFewer: (reason) => fewer.push(reason) });
  return { device, group, byWorker, fewer, release: (mark: number) => gates.get(mark)!.resolve() };
}

describe('DeviceGroup', () => {
  test('one batch at a time needs one worker', async () => {
    const { device, group, release } = gatedGroup(3);
    expect(await group.load()).toBe(SCRIPTED_MODEL);
    for (const mark of [1, 2, 3]) {
      const run = group.run(batch(mark));
      await settle();
      release(mark);
      expect([...vectorNumbers((await run).values)]).toEqual([mark, -mark]);
    }
    expect(device.started).toBe(1);
  });

  test('batches that the first worker has no hands for start the others, and go to whoever is free', async () => {
    const { device, group, byWorker, release } = gatedGroup(2);
    await group.load();
    const runs = [1, 2, 3, 4, 5].map((mark) => group.run(batch(mark)));
    await settle();
    expect(device.started).toBe(2);
    // Two at each worker; the fifth waits for whoever ends one first.
    expect(byWorker).toEqual([
      [1, 2],
      [3, 4],
    ]);
    release(3);
    await settle();
    expect(byWorker[1]).toEqual([3, 4, 5]);
    for (const mark of [1, 2, 4, 5]) release(mark);
    const results = await Promise.all(runs);
    expect(results.map(({ values }) => vectorNumbers(values)[0])).toEqual([1, 2, 3, 4, 5]);
    expect(group.maxInFlight).toBe(4);
  });

  test('goes on with fewer when a copy of the model cannot be loaded', async () => {
    const { device, group, fewer, byWorker, release } = gatedGroup(3);
    device.load = async (worker) => {
      if (worker > 0) throw new JobError('DEVICE_OUT_OF_MEMORY', 'no room');
      return SCRIPTED_MODEL;
    };
    await group.load();
    const runs = [1, 2, 3].map((mark) => group.run(batch(mark)));
    await settle();
    expect(fewer.map(({ code }) => code)).toEqual(['DEVICE_OUT_OF_MEMORY']);
    expect([...device.ended]).toEqual([1]);
    for (const mark of [1, 2]) release(mark);
    await settle();
    release(3);
    await Promise.all(runs);
    expect(byWorker).toEqual([[1, 2, 3]]);
    expect(device.started).toBe(2);
  });

  test('the failure of one worker leaves the batches of the others alone', async () => {
    const held = deferred<void>();
    const device = new ScriptedDevice(async (_marks, worker) => {
      if (worker === 0) throw new JobError('DEVICE_LOST', 'gone');
      await held.promise;
    });
    const sessions = [scriptedSession(device), scriptedSession(device)];
    const group = new DeviceGroup({ sessions, depth: 1, onFewer: () => undefined });
    await group.load();
    const first = group.run(batch(1));
    const second = group.run(batch(2));
    await expect(first).rejects.toThrow('gone');
    held.resolve();
    // It went to the second worker, or to a fresh one in place of the first.
    expect([...vectorNumbers((await second).values)]).toEqual([2, -2]);
  });

  test('close ends every worker and rejects what waits', async () => {
    const { device, group } = gatedGroup(2, 1);
    await group.load();
    const runs = [1, 2, 3].map((mark) => group.run(batch(mark)));
    const ends = Promise.allSettled(runs);
    await settle();
    group.close();
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(device.ended).toEqual(new Set([0, 1]));
  });

  test('a worker that was still loading when the group was closed is ended', async () => {
    const { device, group, fewer } = gatedGroup(2, 1);
    await group.load();
    const loading = deferred<typeof SCRIPTED_MODEL>();
    device.load = () => loading.promise;
    const ends = Promise.allSettled([1, 2].map((mark) => group.run(batch(mark))));
    await settle();
    group.close();
    loading.resolve(SCRIPTED_MODEL);
    await ends;
    await settle();
    expect(device.ended).toEqual(new Set([0, 1]));
    expect(fewer).toEqual([]);
  });
});
