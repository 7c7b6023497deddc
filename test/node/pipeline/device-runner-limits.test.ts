import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { DeviceRunner } from '../../../src/pipeline/device-runner.ts';
import { deferred } from '../../../src/util/deferred.ts';
import {
  outputOf,
  rowOf,
  SCRIPTED_MODEL,
  ScriptedDevice,
  scriptedTask,
  vectorOf,
} from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const range = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);

async function startRunner(device: ScriptedDevice): Promise<DeviceRunner> {
  const session = scriptedSession(device);
  await session.load();
  return new DeviceRunner(session);
}

describe('DeviceRunner with several batches in flight', () => {
  test('brings all of them back right when they fail together, one after the other', async () => {
    const failure = deferred<void>();
    let running = 0;
    let mostRunning = 0;
    const device = new ScriptedDevice(async (_marks, worker) => {
      if (worker === 0) return failure.promise;
      mostRunning = Math.max(mostRunning, ++running);
      await Promise.resolve();
      running--;
    });
    const runner = await startRunner(device);
    const results = [[1, 2], [3], [4, 5, 6]].map((marks) => runner.run(scriptedTask(marks)));
    failure.reject(new JobError('DEVICE_LOST', 'gone'));
    const done = await Promise.all(results);
    expect(done.map(({ rows }) => [...rows])).toEqual([
      [1, 2].map(rowOf),
      [3].map(rowOf),
      [4, 5, 6].map(rowOf),
    ]);
    expect(done.flatMap(({ values }) => [...vectorNumbers(values)])).toEqual(range(6).flatMap(vectorOf));
    expect(done.flatMap(({ refused }) => refused)).toEqual([]);
    expect(mostRunning).toBe(1);
    expect(device.started).toBe(2);
  });

  test('starts no other batch while one is found out about', async () => {
    const gate = deferred<void>();
    const isolating = deferred<void>();
    const device = new ScriptedDevice(async (marks, worker) => {
      if (worker === 0) throw new JobError('DEVICE_RUN_FAILED', 'once');
      if (marks[0] === 1) {
        isolating.resolve();
        await gate.promise;
      }
    });
    const runner = await startRunner(device);
    const first = runner.run(scriptedTask([1]));
    await isolating.promise;
    const second = runner.run(scriptedTask([2]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(device.batches).toEqual([[1], [1]]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(device.batches).toEqual([[1], [1], [2]]);
  });
});

describe('DeviceRunner when it is not the rows', () => {
  test('stops after eight rows that failed one after the other', async () => {
    const device = new ScriptedDevice(async () => {
      throw new JobError('DEVICE_RUN_FAILED', 'never works');
    });
    const runner = await startRunner(device);
    await expect(runner.run(scriptedTask(range(64)))).rejects.toThrow(
      expect.objectContaining({
        code: 'DEVICE_RUN_FAILED',
        message: '8 rows in a row failed by themselves, so it is not the rows: never works',
      }),
    );
    expect(device.batches.filter((batch) => batch.length === 1).flat()).toEqual(range(8));
  });

  test('counts them over batches, and begins again after one that worked', async () => {
    let bad = new Set(range(7));
    const device = new ScriptedDevice(async (marks) => {
      if (marks.some((mark) => bad.has(mark))) throw new JobError('DEVICE_RUN_FAILED', 'bad');
    });
    const runner = await startRunner(device);
    for (const mark of range(7)) expect((await runner.run(scriptedTask([mark]))).refused.length).toBe(1);
    await runner.run(scriptedTask([100]));
    bad = new Set([...range(7), 50, 51]);
    for (const mark of range(7)) expect((await runner.run(scriptedTask([mark]))).refused.length).toBe(1);
    await expect(runner.run(scriptedTask([50]))).rejects.toThrow('8 rows in a row');
  });

  test('stops when the device gives something of another shape, instead of refusing every row for it', async () => {
    const device = new ScriptedDevice(async (marks) => outputOf(marks.map(() => [0, 0, 0])));
    const runner = await startRunner(device);
    await expect(runner.run(scriptedTask(range(20)))).rejects.toThrow(
      expect.objectContaining({
        code: 'DEVICE_RUN_FAILED',
        message: expect.stringContaining('12 bytes for 1 rows of 8'),
      }),
    );
  });

  test('does not look for a bad row when the model on the disk has changed', async () => {
    const device = new ScriptedDevice(async (_marks, worker) => {
      if (worker === 0) throw new JobError('DEVICE_LOST', 'gone');
    });
    const runner = await startRunner(device);
    device.load = async () => ({ ...SCRIPTED_MODEL, weightSha256: { 'onnx/model.onnx': 'other' } });
    await expect(runner.run(scriptedTask(range(8)))).rejects.toThrow(
      expect.objectContaining({
        code: 'JOB_MISMATCH',
        message: 'onnx/model.onnx changed while the job was running.',
      }),
    );
    expect(device.batches.length).toBe(1);
  });
});
