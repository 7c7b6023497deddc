import { describe, expect, test } from 'vitest';
import { ExampleIndex } from '../../../src/batch/example-index.ts';
import { JobError } from '../../../src/core/job-error.ts';
import type { ModelInfo } from '../../../src/core/model-info.ts';
import { ChunkFeed } from '../../../src/pipeline/chunk-feed.ts';
import type { IngestApi, IngestRequest, PrepareApi } from '../../../src/pipeline/ports.ts';
import { PreparePool } from '../../../src/pipeline/prepare-pool.ts';
import {
  prepareWindows,
  type PreparedWindow,
  type RecordedWindows,
  type WindowSource,
} from '../../../src/pipeline/prepare-windows.ts';
import { sealed } from '../../../src/store/seal.ts';
import { appendChunks, finishIngest } from '../../../src/store/chunk-store.ts';
import type { IngestState, StoredWindow } from '../../../src/store/job-schema.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { beginTestJob, testChunk, testReject, testWindow } from '../../support/test-job.ts';

/** A task that takes a row's ordinal as its token, `row % 3 + 1` times, and refuses row 5. */
const preparer: PrepareApi = {
  init: async () => undefined,
  prepare: async (read, chunk) => {
    const { rows: all } = decodeReadColumns(read);
    const rows = all.filter((row) => row !== 5);
    const lengths = rows.map((row) => (row % 3) + 1);
    return {
      chunk,
      rows,
      rowIndex: rows.map((row) => all.indexOf(row)),
      lengths,
      tokenIds: Int32Array.from([...rows].flatMap((row) => Array<number>((row % 3) + 1).fill(row))),
      rejects: all.includes(5) ? [testReject(5)] : [],
      truncated: 1,
      prepareMs: 0,
    };
  },
};

/** The same, but every row has the one token 7. */
const sameTokens: PrepareApi = {
  ...preparer,
  prepare: async (read, chunk) => {
    const prepared = await preparer.prepare(read, chunk);
    const lengths = prepared.lengths.map(() => 1);
    return { ...prepared, lengths, tokenIds: new Int32Array(lengths.length).fill(7) };
  },
};

/** A feed that has all there is. */
function readFeed(state: IngestState, ingest?: IngestApi['ingest']): ChunkFeed {
  const spawn = () => ({ api: { ingest } as IngestApi, terminate: () => undefined });
  return new ChunkFeed({ spawn, state, onRejects: () => undefined });
}

/** A job whose input, two rows a chunk, is read to its end. */
async function sourceOf(
  chunkCount: number,
  change: Partial<WindowSource> = {},
  api: PrepareApi = preparer,
): Promise<WindowSource> {
  const { db } = await beginTestJob();
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    await appendChunks(db, 1, [testChunk(chunk, [chunk * 2, chunk * 2 + 1])]);
  }
  const feed = readFeed(await finishIngest(db, 1));
  const spawn = () => ({ api, terminate: () => undefined });
  const pool = await PreparePool.start({ spawn, size: 2, task: { kind: 'embed' }, model: {} as ModelInfo });
  return {
    db,
    feed,
    pool,
    recorded: new Map(),
    batching: async () => ({ budgetTokens: 6, runCostTokens: 1 }),
    dedupe: true,
    signal: new AbortController().signal,
    ...change,
  };
}

async function readAll(source: WindowSource): Promise<PreparedWindow[]> {
  const windows: PreparedWindow[] = [];
  for await (const window of prepareWindows(source)) windows.push(window);
  return windows;
}

function recordedOf(windows: readonly StoredWindow[]): RecordedWindows {
  return new Map(windows.map((window) => [window.ordinal, window.complete ? 'complete' : window]));
}

describe('prepareWindows', () => {
  test('gives every row of every chunk to one window, its tokens in its own place', async () => {
    const windows = await readAll(await sourceOf(12));
    expect(windows.map(({ record }) => [record.ordinal, record.firstChunk, record.chunkCount])).toEqual([
      [0, 0, 1],
      [1, 1, 8],
      [2, 9, 3],
    ]);
    const rows = windows.flatMap((window) => [...window.rows.rows]);
    expect(rows).toEqual([...Array(24).keys()].filter((row) => row !== 5));
    for (const { rows: own, examples } of windows) {
      for (const [example, row] of own.rows.entries()) {
        const start = examples.starts[example]!;
        const tokens = [...examples.tokenIds.subarray(start, start + examples.lengths[example]!)];
        expect(tokens).toEqual(Array((row % 3) + 1).fill(row));
      }
    }
    expect(windows.flatMap(({ refused }) => refused.map(({ row }) => row))).toEqual([5]);
    expect(windows.map(({ truncated }) => truncated)).toEqual([1, 8, 3]);
  });

  test('takes the text of a chunk from the feed, once, and then from the store', async () => {
    const seen: number[][] = [];
    const api: PrepareApi = {
      ...preparer,
      prepare: async (read, chunk) => {
        seen.push([...decodeReadColumns(read).rows]);
        if (seen.length === 1) throw new JobError('WORKER_CRASHED', 'gone');
        return preparer.prepare(read, chunk);
      },
    };
    const source = await sourceOf(1, {}, api);
    const { state } = source.feed;
    const { read } = testChunk(0, [100, 101]);
    const ingest: IngestApi['ingest'] = async (_request, onChunk) => {
      onChunk(state, [], { readMs: 1, storeMs: 1 }, { chunk: 0, read });
      return state;
    };
    const feed = readFeed(state, ingest);
    feed.start({ allowed: 10 } as IngestRequest);
    const [window] = await readAll({ ...source, feed });
    expect(seen).toEqual([
      [100, 101],
      [0, 1],
    ]);
    expect([...window!.rows.rows]).toEqual([0, 1]);
  });

  test('records a new window as not begun, with the budget that its plan was made for', async () => {
    const [window] = await readAll(await sourceOf(1));
    expect(window).toMatchObject({
      isNew: true,
      record: { budgetTokens: 6, exampleCount: 2, complete: false, segments: 0 },
    });
    expect(window!.record.batchCount).toBe(window!.plans.length);
    expect(window!.record.done).toEqual(new Uint8Array(1));
  });

  test('goes on with what is not complete, by the budget that was recorded', async () => {
    const first = await readAll(
      await sourceOf(12, { batching: async () => ({ budgetTokens: 3, runCostTokens: 1 }) }),
    );
    const recorded = recordedOf(first.map(({ record }) => ({ ...record, complete: record.ordinal === 0 })));
    const second = await readAll(
      await sourceOf(12, { batching: async () => ({ budgetTokens: 1000, runCostTokens: 1 }), recorded }),
    );
    expect(second.map(({ record, isNew }) => [record.ordinal, isNew])).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(second.map(({ plans }) => plans)).toEqual(first.slice(1).map(({ plans }) => plans));
  });

  test('runs rows with the same tokens once, and knows which rows they are', async () => {
    const [first, second] = await readAll(await sourceOf(9, {}, sameTokens));
    expect(first).toMatchObject({ copies: 1, record: { exampleCount: 1, batchCount: 1 } });
    expect(first!.rows).toEqual({ rows: Uint32Array.of(0, 1), starts: Uint32Array.of(0, 2) });
    // Not with an earlier window, where it is not told what those have.
    expect(second).toMatchObject({ copies: 14, record: { exampleCount: 1 } });
    expect([...second!.rows.rows]).toEqual(Array.from({ length: 15 }, (_, i) => i + 2 + (i > 2 ? 1 : 0)));
  });

  test('takes the results of earlier windows for rows that they have, and knows them again on a resume', async () => {
    const first = await readAll(await sourceOf(12, { known: new ExampleIndex(undefined, 1) }, sameTokens));
    expect(first.map(({ record }) => record.newExamples)).toEqual([1, undefined, undefined]);
    expect(first.map(({ newExamples }) => newExamples!.map(({ rows }) => [...rows]))).toEqual([
      [[0]],
      [],
      [],
    ]);
    expect(first.map(({ copies }) => copies)).toEqual([1, 15, 6]);
    expect(first.map(({ plans }) => plans.map(({ repeats }) => repeats))).toEqual([
      [undefined],
      [[{ window: 0, row: 0 }]],
      [[{ window: 0, row: 0 }]],
    ]);
    const known = new ExampleIndex(undefined, 1);
    const { rows, hashes } = first[0]!.newExamples![0]!;
    known.add(0, { rows, hashes });
    const recorded = recordedOf(first.map(({ record }) => ({ ...record, complete: record.ordinal === 0 })));
    const again = await readAll(await sourceOf(12, { known, recorded }, sameTokens));
    expect(again.map(({ plans }) => plans)).toEqual(first.slice(1).map(({ plans }) => plans));
    // Nothing is stored twice.
    expect(again.flatMap(({ newExamples = [] }) => newExamples)).toEqual([]);
  });

  test('runs every row when that is asked for', async () => {
    const [first] = await readAll(await sourceOf(1, { dedupe: false }, sameTokens));
    expect(first).toMatchObject({ copies: 0, record: { exampleCount: 2 } });
    expect(first!.rows).toEqual({ rows: Uint32Array.of(0, 1), starts: Uint32Array.of(0, 1, 2) });
  });

  test('refuses a window that has other rows than were recorded', async () => {
    const [first] = await readAll(await sourceOf(1));
    const recorded = recordedOf([{ ...first!.record, exampleCount: 3 }]);
    const reading = readAll(await sourceOf(1, { recorded }));
    await expect(reading).rejects.toThrow(expect.objectContaining({ code: 'JOB_MISMATCH' }));
  });

  test('leaves out a row that ended its workers in the run that recorded the window', async () => {
    const source = await sourceOf(1);
    await source.db.put('quarantine', sealed(testReject(1, { code: 'ROW_PREPARE_FAILED' })));
    const recorded = recordedOf([testWindow(0, 1, { exampleCount: 1, budgetTokens: 6 })]);
    const [window] = await readAll({ ...source, recorded });
    expect([...window!.rows.rows]).toEqual([0]);
    expect(window!.record).toMatchObject({ exampleCount: 1, budgetTokens: 6 });
  });

  test('says so when the text of a chunk is gone', async () => {
    const source = await sourceOf(2);
    await source.db.delete('chunks', 1);
    await expect(readAll(source)).rejects.toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPT', message: 'The stored text of chunk 1 is gone.' }),
    );
  });

  test('marks a window complete in which the task refused every row', async () => {
    const source = await sourceOf(0);
    await appendChunks(source.db, 1, [testChunk(0, [5])]);
    const feed = readFeed(await finishIngest(source.db, 1));
    const [window] = await readAll({ ...source, feed });
    expect(window).toMatchObject({ plans: [], record: { batchCount: 0, complete: true } });
    expect(window!.refused.map(({ row }) => row)).toEqual([5]);
  });
});
