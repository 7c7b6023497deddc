import { describe, expect, test } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import { DeviceRunner } from '../../../src/pipeline/device-runner.ts';
import { EarlierResults } from '../../../src/pipeline/earlier-results.ts';
import type { PreparedWindow } from '../../../src/pipeline/prepare-windows.ts';
import { RunMeter } from '../../../src/pipeline/run-meter.ts';
import { runWindows, type RunWindowsOptions } from '../../../src/pipeline/run-windows.ts';
import { deferred, type Deferred } from '../../../src/util/deferred.ts';
import { rowOf, ScriptedDevice, type DeviceScript } from '../../support/scripted-device.ts';
import { scriptedSession } from '../../support/scripted-session.ts';
import { openCommits } from '../../support/test-commits.ts';
import { beginTestJob, TEST_DIMS, testReject, testWindow } from '../../support/test-job.ts';
import { preparedWindow } from '../../support/prepared-window.ts';

async function* asyncly<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

async function start(
  script: DeviceScript,
  windows: readonly PreparedWindow[],
  change: Partial<RunWindowsOptions> = {},
  heldBytes = 1 << 20,
) {
  const { db } = await beginTestJob();
  const device = new ScriptedDevice(script);
  const session = scriptedSession(device);
  await session.load();
  const { commits, told } = openCommits(db);
  const opened: number[] = [];
  const run = async () => {
    await runWindows({
      windows: asyncly(windows),
      runner: new DeviceRunner(session),
      commits,
      meter: new RunMeter(() => 0),
      earlier: new EarlierResults(db, TEST_DIMS * 4, commits, heldBytes),
      maxInFlight: 2,
      onWindow: async ({ record }) => void opened.push(record.ordinal),
      onOutOfMemory: () => undefined,
      withIds: async (_window, refused) =>
        refused.map((record) => ({ ...record, id: `id of ${record.row}` })),
      stop: new AbortController().signal,
      ...change,
    });
  };
  const storedRows = async () =>
    (await db.getAll('results')).flatMap(({ rows }) => [...rows]).sort((a, b) => a - b);
  return { db, device, commits, told, opened, run, storedRows };
}

const range = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);

describe('runWindows', () => {
  test('runs every batch of every window once, windows in order', async () => {
    const windows = [preparedWindow(0, range(7), 3), preparedWindow(1, range(5, 20), 2)];
    const { db, device, commits, opened, run, storedRows } = await start(async () => undefined, windows);
    await run();
    await commits.flush();
    expect(device.batches).toEqual([[1, 2, 3], [4, 5, 6], [7], [20, 21], [22, 23], [24]]);
    expect(opened).toEqual([0, 1]);
    expect(await storedRows()).toEqual([...range(7), ...range(5, 20)].map(rowOf));
    expect((await db.getAll('windows')).map(({ complete }) => complete)).toEqual([true, true]);
    const tokens = [...range(7), ...range(5, 20)].reduce((sum, mark) => sum + (mark % 3) + 1, 0);
    expect(commits.totals).toMatchObject({
      rowsEmbedded: 12,
      batches: 6,
      tokens,
      paddedTokens: 36,
      windows: 2,
    });
  });

  test('keeps as many batches in flight as it may, and no more', async () => {
    const gates: Deferred<void>[] = [];
    const reached = deferred<void>();
    const script: DeviceScript = () => {
      const gate = deferred<void>();
      if (gates.push(gate) === 3) reached.resolve();
      return gate.promise;
    };
    const { run, device } = await start(script, [preparedWindow(0, range(9), 1)], { maxInFlight: 3 });
    const running = run();
    await reached.promise;
    await new Promise((resolve) => setTimeout(resolve));
    expect(device.batches.length).toBe(3);
    // The last one first: the next may start as soon as any is done.
    gates[2]!.resolve();
    await expect.poll(() => gates.length).toBe(4);
    expect(device.batches.length).toBe(4);
    for (let next = 0; next < 9; next++) {
      await expect.poll(() => gates.length).toBeGreaterThan(next);
      gates[next]!.resolve();
    }
    await running;
    expect(device.batches.length).toBe(9);
  });

  test('gives every row of a shared example its result, and counts the tokens that were run', async () => {
    const window = preparedWindow(0, range(3), 2);
    // Examples are held the other way round: 3, 2 (for three rows), 1.
    const rows = { rows: Uint32Array.of(1003, 1002, 5, 6, 1001), starts: Uint32Array.of(0, 1, 4, 5) };
    const { commits, run, storedRows, db } = await start(
      async () => undefined,
      [{ ...window, rows, copies: 2 }],
    );
    await run();
    await commits.flush();
    expect(await storedRows()).toEqual([5, 6, 1001, 1002, 1003]);
    expect(commits.totals).toMatchObject({ rowsEmbedded: 5, rowsCopied: 2, tokens: 6, paddedTokens: 9 });
    expect(await db.get('windows', 0)).toMatchObject({ complete: true });
  });

  test('takes results from earlier rows, held or stored, and runs a row whose earlier one has none', async () => {
    // Row 5 fails whole, isolated, halved and by itself; after that its trouble has passed.
    let failures = 0;
    const script: DeviceScript = async (marks) => {
      if (marks.includes(5) && failures++ < 4) throw new JobError('DEVICE_RUN_FAILED', 'bad');
    };
    const first = preparedWindow(0, [3, 5, 7], 3);
    const again = preparedWindow(1, [3, 5, 7], 3);
    const rows = { rows: Uint32Array.of(21, 22, 23, 24), starts: Uint32Array.of(0, 1, 3, 4) };
    const { examples } = again;
    // Examples are held the other way round: 7, 5 (for two rows), 3.
    const repeats = [rowOf(7), rowOf(5), rowOf(3)].map((row) => ({ window: 0, row }));
    const plans = [{ ordinal: 0, examples: Uint32Array.of(0, 1, 2), paddedLength: 3, repeats }];
    for (const heldBytes of [1 << 20, 0]) {
      failures = 0;
      const windows = [first, { ...again, examples, rows, plans, copies: 4 }];
      const { commits, db, device, run, storedRows } = await start(script, windows, {}, heldBytes);
      await run();
      await commits.flush();
      expect(device.batches).toEqual([[3, 5, 7], [3, 5, 7], [3, 5], [3], [5], [7], [5]]);
      expect(await storedRows()).toEqual([21, 22, 23, 24, rowOf(3), rowOf(7)]);
      expect((await db.getAll('quarantine')).map(({ row }) => row)).toEqual([rowOf(5)]);
      const values = new Map<number, string>();
      for (const result of await db.getAll('results')) {
        const vectors = new Float32Array(result.values);
        for (const [i, row] of result.rows.entries())
          values.set(row, vectors.subarray(i * 2, i * 2 + 2).join());
      }
      expect([values.get(24), values.get(21)]).toEqual([values.get(rowOf(3)), values.get(rowOf(7))]);
      expect(values.get(22)).toBe(values.get(23));
      // Tokens of the one that was run count.
      expect(commits.totals).toMatchObject({ rowsEmbedded: 6, rowsRefused: 1, rowsCopied: 4 });
    }
  });

  test('records the next window while one is at work', async () => {
    const gate = deferred<void>();
    const windows = [preparedWindow(0, range(2), 1), preparedWindow(1, range(2, 20), 1)];
    const { db, device, run } = await start(() => gate.promise, windows);
    const running = run();
    await expect.poll(async () => db.count('windows')).toBe(2);
    await expect.poll(() => device.batches).toEqual([[1], [2]]);
    gate.resolve();
    await running;
  });

  test('does not run again what an earlier run committed', async () => {
    const record = testWindow(0, 4, { done: Uint8Array.of(0b0101), segments: 2 });
    const refused = [testReject(99)];
    const windows = [preparedWindow(0, range(8), 2, { record, isNew: false, refused, truncated: 5 })];
    const { db, device, commits, run } = await start(async () => undefined, windows);
    await run();
    await commits.flush();
    expect(device.batches).toEqual([
      [3, 4],
      [7, 8],
    ]);
    expect(await db.get('windows', 0)).toMatchObject({ complete: true, segments: 3 });
    // Its refused and truncated rows were counted when it was opened.
    expect(commits.totals).toMatchObject({ rowsRefused: 0, rowsTruncated: 0, windows: 0 });
  });

  test('records refused rows with their ids, of the task and of the model', async () => {
    const script: DeviceScript = async (marks) => {
      if (marks.includes(2)) throw new JobError('DEVICE_RUN_FAILED', 'bad');
    };
    const windows = [preparedWindow(0, range(3), 3, { refused: [testReject(500)], truncated: 4 })];
    const { db, commits, run, storedRows } = await start(script, windows);
    await run();
    await commits.flush();
    expect(await db.getAll('quarantine')).toMatchObject([
      { row: 500, id: 'id of 500', code: 'ROW_EMPTY' },
      { row: rowOf(2), id: `id of ${rowOf(2)}`, code: 'ROW_MODEL_FAILED' },
    ]);
    expect(await storedRows()).toEqual([rowOf(1), rowOf(3)]);
    expect(commits.totals).toMatchObject({ rowsEmbedded: 2, rowsRefused: 2, rowsTruncated: 4 });
  });
});

describe('runWindows when it is stopped', () => {
  test('finishes what is in flight and starts nothing more', async () => {
    const gate = deferred<void>();
    const twoRunning = deferred<void>();
    let running = 0;
    const script: DeviceScript = () => {
      if (++running === 2) twoRunning.resolve();
      return gate.promise;
    };
    const stop = new AbortController();
    const windows = [preparedWindow(0, range(6), 1), preparedWindow(1, range(6, 20), 1)];
    const { device, commits, run, storedRows, db } = await start(script, windows, { stop: stop.signal });
    const done = run();
    await twoRunning.promise;
    stop.abort();
    gate.resolve();
    await done;
    await commits.flush();
    expect(device.batches).toEqual([[1], [2]]);
    expect(await storedRows()).toEqual([rowOf(1), rowOf(2)]);
    // The window behind it was recorded meanwhile, and nothing of it is done.
    expect((await db.getAll('windows')).map(({ done: bits }) => [...bits])).toEqual([[0b11], [0]]);
  });

  test('takes the end of the windows by the stop for no failure', async () => {
    const stop = new AbortController();
    const bothRunning = deferred<void>();
    let running = 0;
    const script: DeviceScript = async () => {
      if (++running === 2) bothRunning.resolve();
    };
    async function* windows() {
      yield preparedWindow(0, range(2), 1);
      await bothRunning.promise;
      stop.abort();
      stop.signal.throwIfAborted();
    }
    const { commits, run, storedRows } = await start(script, [], {
      windows: windows(),
      stop: stop.signal,
    });
    await run();
    await commits.flush();
    expect(await storedRows()).toEqual([rowOf(1), rowOf(2)]);
  });
});

describe('runWindows when something fails', () => {
  test('throws what no retry could mend, keeps what was computed, and closes the windows', async () => {
    let closed = false;
    async function* windows() {
      try {
        for (let ordinal = 0; ; ordinal++) yield preparedWindow(ordinal, range(4, ordinal * 10), 1);
      } finally {
        closed = true;
      }
    }
    const script: DeviceScript = async (marks) => {
      if (marks[0] === 11) throw new JobError('MODEL_UNSUPPORTED', 'cannot');
    };
    const { commits, run, storedRows } = await start(script, [], { windows: windows(), maxInFlight: 1 });
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }));
    await commits.flush();
    expect(await storedRows()).toEqual([0, 1, 2, 3, 10].map(rowOf));
    expect(closed).toBe(true);
  });

  test('throws what the windows throw, after what is in flight', async () => {
    async function* windows() {
      yield preparedWindow(0, range(2), 1);
      throw new JobError('INPUT_CHANGED', 'changed');
    }
    const { commits, run, storedRows } = await start(async () => undefined, [], { windows: windows() });
    await expect(run()).rejects.toThrow(expect.objectContaining({ code: 'INPUT_CHANGED' }));
    await commits.flush();
    expect(await storedRows()).toEqual([rowOf(1), rowOf(2)]);
  });
});
