import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import type { DeviceResult } from '../../../src/pipeline/device-result.ts';
import { DeviceRunner } from '../../../src/pipeline/device-runner.ts';
import {
  outputOf,
  rowOf,
  ScriptedDevice,
  scriptedTask,
  vectorOf,
  type DeviceScript,
} from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

async function startRunner(script: DeviceScript) {
  const device = new ScriptedDevice(script);
  const session = scriptedSession(device);
  await session.load();
  return { device, runner: new DeviceRunner(session) };
}

/** Any batch with one of these fails. */
function failingOn(
  bad: readonly number[],
  code: 'DEVICE_RUN_FAILED' | 'DEVICE_LOST' = 'DEVICE_RUN_FAILED',
): DeviceScript {
  return async (marks) => {
    if (marks.some((mark) => bad.includes(mark))) throw new JobError(code, 'a bad row');
  };
}

function expectVectors(result: DeviceResult, marks: readonly number[]): void {
  expect([...result.rows]).toEqual(marks.map(rowOf));
  expect([...vectorNumbers(result.values)]).toEqual(marks.flatMap(vectorOf));
}

const range = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);

describe('DeviceRunner', () => {
  test('tells of a batch that does not fit into memory, and not of a row that does not', async () => {
    const { runner } = await startRunner(async (marks) => {
      if (marks.includes(3)) throw new JobError('DEVICE_OUT_OF_MEMORY', 'too large');
    });
    let told = 0;
    const result = await runner.run({ ...scriptedTask([1, 2, 3, 4]), onOutOfMemory: () => void told++ });
    // All four, then the half with row 3; the row alone is its own trouble.
    expect(told).toBe(2);
    expect(result.refused.map(({ row }) => row)).toEqual([rowOf(3)]);
  });

  test('gives each row its vector, in the order of the batch', async () => {
    const { runner, device } = await startRunner(async () => undefined);
    const result = await runner.run(scriptedTask([4, 2, 9]));
    expectVectors(result, [4, 2, 9]);
    expect(result.refused).toEqual([]);
    expect(device.batches).toEqual([[4, 2, 9]]);
  });

  test('runs a batch again as it was when it failed once, on a fresh worker', async () => {
    const { runner, device } = await startRunner(async (_marks, worker) => {
      if (worker === 0) throw new JobError('DEVICE_LOST', 'gone');
    });
    expectVectors(await runner.run(scriptedTask([1, 2, 3])), [1, 2, 3]);
    expect(device.batches).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(device.started).toBe(2);
    expect([...device.ended]).toEqual([0]);
  });

  test('finds the one bad row among many; the others get their vectors', async () => {
    const { runner, device } = await startRunner(failingOn([77]));
    const marks = range(100);
    const result = await runner.run(scriptedTask(marks));
    expectVectors(
      result,
      marks.filter((mark) => mark !== 77),
    );
    expect(result.refused).toEqual([
      {
        row: rowOf(77),
        id: null,
        code: 'ROW_MODEL_FAILED',
        message: 'the model failed on this row: a bad row',
        attempts: device.batches.filter((batch) => batch.includes(77)).length,
      },
    ]);
    // Once, again alone, then two halves at each of the 7 steps down to one row.
    expect(device.batches.length).toBeLessThanOrEqual(2 + 2 * 7);
    expect(device.runsAfterFailure).toBe(0);
    expect(device.ended.size).toBe(device.started - 1);
  });

  test('refuses exactly the bad rows, wherever they are', async () => {
    const batches = fc
      .uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 24 })
      .chain((marks) =>
        fc.tuple(fc.constant(marks), fc.subarray(marks, { maxLength: Math.min(7, marks.length) })),
      );
    await fc.assert(
      fc.asyncProperty(batches, async ([marks, bad]) => {
        const { runner } = await startRunner(failingOn(bad));
        const result = await runner.run(scriptedTask(marks));
        expectVectors(
          result,
          marks.filter((mark) => !bad.includes(mark)),
        );
        expect(result.refused.map((record) => record.row)).toEqual(
          marks.filter((mark) => bad.includes(mark)).map(rowOf),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('refuses every row of a shared example that fails, each as a row of its own', async () => {
    const { runner } = await startRunner(failingOn([2]));
    const task = scriptedTask([1, 2, 3]);
    // Examples are held the other way round: 3, 2 (for three rows), 1.
    const rows = { rows: Uint32Array.of(1003, 1002, 5, 6, 1001), starts: Uint32Array.of(0, 1, 4, 5) };
    const result = await runner.run({ ...task, rows });
    expectVectors(result, [1, 3]);
    expect(result.refused.map(({ row, code }) => [row, code])).toEqual(
      [1002, 5, 6].map((row) => [row, 'ROW_MODEL_FAILED']),
    );
  });

  test('halves a batch that is short of memory without running it again, and tries the halves', async () => {
    const { runner, device } = await startRunner(async (marks) => {
      if (marks.length > 4) throw new JobError('DEVICE_OUT_OF_MEMORY', 'too much');
    });
    expectVectors(await runner.run(scriptedTask(range(16))), range(16));
    expect(device.batches.map((batch) => batch.length)).toEqual([16, 8, 4, 4, 8, 4, 4]);
  });

  test('tries a row again alone before it is refused for want of memory', async () => {
    let left = 1;
    const { runner } = await startRunner(async () => {
      if (left-- > 0) throw new JobError('DEVICE_OUT_OF_MEMORY', 'too much');
    });
    const result = await runner.run(scriptedTask([5]));
    expectVectors(result, [5]);
    expect(result.refused).toEqual([]);
  });

  test('sets aside rows with NaN or infinity, and the rest stays aligned', async () => {
    const { runner, device } = await startRunner(async (marks) =>
      outputOf(
        marks.map(vectorOf),
        marks.flatMap((mark, index) => (mark === 2 ? [index] : [])),
      ),
    );
    const result = await runner.run(scriptedTask([1, 2, 3]));
    expectVectors(result, [1, 3]);
    expect(result.refused.map(({ row, code }) => [row, code])).toEqual([[rowOf(2), 'ROW_NOT_FINITE']]);
    expect(device.batches.length).toBe(1);
  });
});
