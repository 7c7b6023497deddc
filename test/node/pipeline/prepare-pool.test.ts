import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import type { QuarantineRecord } from '../../../src/core/quarantine.ts';
import type { PrepareApi, PreparedChunk } from '../../../src/pipeline/ports.ts';
import { PreparePool } from '../../../src/pipeline/prepare-pool.ts';
import { decodeReadColumns, encodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { thrownBy } from '../../support/thrown-by.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PREPARED = { prepareMs: 100 } as PreparedChunk;

/** Workers that do with a chunk what the script says. @param script gets the worker's ordinal */
async function startPool(
  script: (worker: number, chunk: number) => Promise<PreparedChunk>,
  size = 1,
  prepare: PrepareApi['prepare'] | null = null,
) {
  let started = 0;
  const ended: number[] = [];
  const reasons: string[] = [];
  const pool = await PreparePool.start({
    size,
    task: { kind: 'embed' },
    model: {} as ModelInfo,
    onRestart: ({ message }) => reasons.push(message),
    spawn: () => {
      const worker = started++;
      const api: PrepareApi = {
        init: async () => undefined,
        prepare: prepare ?? ((_read, chunk) => script(worker, chunk)),
      };
      return { api, terminate: () => void ended.push(worker) };
    },
  });
  let reads = 0;
  const read = async () => {
    reads++;
    return new ArrayBuffer(8);
  };
  return {
    pool,
    ended,
    reasons,
    prepare: (chunk: number) => pool.prepare(read, chunk),
    reads: () => reads,
    started: () => started,
  };
}

describe('PreparePool', () => {
  test('prepares a chunk again, from fresh bytes, when its worker crashes', async () => {
    const { prepare, ended, reasons, reads } = await startPool(async (worker) => {
      if (worker === 0) throw new JobError('WORKER_CRASHED', 'The preprocess worker ended without a word.');
      return PREPARED;
    });
    const prepared = prepare(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await prepared).toEqual([PREPARED]);
    expect(ended).toEqual([0]);
    expect(reasons).toEqual(['The preprocess worker ended without a word.']);
    expect(reads()).toBe(2);
  });

  test('replaces a worker once when several of its chunks fail with it', async () => {
    const { prepare, reasons, started } = await startPool(async (worker) => {
      if (worker === 0) throw new JobError('WORKER_CRASHED', 'gone');
      return PREPARED;
    });
    const both = Promise.all([prepare(0), prepare(1)]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await both).toEqual([[PREPARED], [PREPARED]]);
    expect(reasons).toEqual(['gone']);
    expect(started()).toBe(2);
  });

  test('takes a worker for hung that needs far longer than for the chunks before', async () => {
    const { prepare, ended } = await startPool(async (worker, chunk) => {
      if (worker === 0 && chunk === 1) return deferred<PreparedChunk>().promise;
      return PREPARED;
    });
    await prepare(0);
    const prepared = prepare(1);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(await prepared).toEqual([PREPARED]);
    expect(ended).toEqual([0]);
  });

  test('finds the row that hangs every worker, and prepares the others', async () => {
    const hangs = (rows: Uint32Array) => rows.includes(12);
    const { pool } = await startPool(
      async () => PREPARED,
      1,
      async (read) => {
        const { rows } = decodeReadColumns(read);
        if (hangs(rows)) return deferred<PreparedChunk>().promise;
        return { rows, rejects: [] as readonly QuarantineRecord[], prepareMs: 1 } as PreparedChunk;
      },
    );
    const read = async () =>
      encodeReadColumns({ rows: Uint32Array.of(10, 11, 12, 13), columns: { text: ['a', 'b', 'c', 'd'] } });
    const prepared = pool.prepare(read, 0);
    await vi.advanceTimersByTimeAsync(30 * 60_000);
    const parts = await prepared;
    expect(parts.flatMap(({ rows }) => [...rows])).toEqual([10, 11, 13]);
    expect(parts.flatMap(({ rejects }) => rejects.map(({ row }) => row))).toEqual([12]);
  });

  test('gives a chunk up in which row after row ends its worker, and names it', async () => {
    const { pool } = await startPool(async () => {
      throw new JobError('WORKER_CRASHED', 'gone');
    });
    const rows = Uint32Array.from({ length: 20 }, (_, index) => index);
    const text = Array.from(rows, String);
    const failed = thrownBy(pool.prepare(async () => encodeReadColumns({ rows, columns: { text } }), 7));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await failed).toMatchObject({
      code: 'WORKER_CRASHED',
      message: expect.stringMatching(/^Chunk 7 .*more than 16 of its rows/),
    });
  });

  test('throws at once what the task itself throws', async () => {
    const { prepare, started } = await startPool(async () => {
      throw new JobError('MODEL_INVALID', 'no such token');
    });
    expect(await thrownBy(prepare(0))).toMatchObject({ code: 'MODEL_INVALID' });
    expect(started()).toBe(1);
  });
});
