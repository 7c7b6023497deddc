import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { JobError } from '../../../src/core/job-error.ts';
import type { QuarantineRecord } from '../../../src/core/quarantine.ts';
import { ChunkFeed } from '../../../src/pipeline/chunk-feed.ts';
import type { IngestApi, IngestRequest, OnChunk } from '../../../src/pipeline/ports.ts';
import type { IngestState } from '../../../src/store/job-schema.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { ingestOf } from '../../support/job-totals.ts';
import { thrownBy } from '../../support/thrown-by.ts';

const REQUEST: IngestRequest = {
  jobId: 'feed',
  epoch: 1,
  input: [{ kind: 'blob', name: 'in.jsonl', blob: new Blob() }],
  format: 'jsonl',
  parse: {},
  read: [],
  idColumn: null,
  keep: [],
  allowed: 10,
};

/** The text of the chunk that was stored last. */
const textOf = ({ next }: IngestState, bytes = 0) => ({
  chunk: next.chunk - 1,
  read: new ArrayBuffer(bytes),
});

/** A feed from a reader that the test plays. */
function openFeed(stored = ingestOf(0)) {
  const end = deferred<IngestState>();
  const allowed: number[] = [];
  const told: number[] = [];
  let onChunk: OnChunk = () => undefined;
  const unused = async () => {
    throw new Error('not called here');
  };
  const api: IngestApi = {
    ingest: (_request, listener) => {
      onChunk = listener;
      return end.promise;
    },
    allow: async (chunk) => {
      allowed.push(chunk);
    },
    stop: unused,
    restore: unused,
    verify: unused,
    checkHead: unused,
    preview: unused,
    inspect: unused,
  };
  const feed = new ChunkFeed({
    spawn: () => ({ api, terminate: () => undefined }),
    state: stored,
    onRejects: (rejects) => {
      for (const { row } of rejects) told.push(row);
    },
  });
  const cost = { readMs: 3, storeMs: 2 };
  const read = (state: IngestState, rejects: readonly QuarantineRecord[] = [], bytes = 0) =>
    onChunk(state, rejects, cost, textOf(state, bytes));
  return { feed, end, allowed, told, read };
}

const { signal } = new AbortController();

describe('ChunkFeed', () => {
  test('has what an earlier run stored, and nothing behind the end of the input', async () => {
    const { feed } = openFeed(ingestOf(3, { complete: true }));
    expect(await feed.has(2, signal)).toBe(true);
    expect(await feed.has(3, signal)).toBe(false);
  });

  test('holds the texts that come first, as far as there is room, until they are taken', () => {
    const { feed, read } = openFeed();
    feed.start(REQUEST);
    const mebibytes = [3, 4, 2, 1];
    for (const [chunk, size] of mebibytes.entries()) read(ingestOf(chunk + 1), [], size * 2 ** 20);
    const taken = () => mebibytes.map((_, chunk) => feed.takeText(chunk)?.byteLength ?? null);
    expect(taken()).toEqual([3 * 2 ** 20, 4 * 2 ** 20, null, 2 ** 20]);
    expect(taken()).toEqual([null, null, null, null]);
    read(ingestOf(5), [], 8 * 2 ** 20);
    expect(feed.takeText(4)?.byteLength).toBe(8 * 2 ** 20);
  });

  test('stays at the end when the last chunk is told after it', async () => {
    const { feed, end, read } = openFeed();
    feed.start(REQUEST);
    end.resolve(ingestOf(3, { complete: true }));
    expect(await feed.has(3, signal)).toBe(false);
    read(ingestOf(3));
    expect(feed.state.complete).toBe(true);
    expect(await feed.has(4, signal)).toBe(false);
  });

  test('waits for a chunk until it is stored', async () => {
    const { feed, read } = openFeed();
    feed.start(REQUEST);
    const seen: string[] = [];
    const first = feed.has(0, signal).then((has) => seen.push(`0 ${has}`));
    const second = feed.has(1, signal).then((has) => seen.push(`1 ${has}`));
    read(ingestOf(1));
    await first;
    expect(seen).toEqual(['0 true']);
    read(ingestOf(2));
    await second;
    expect(seen).toEqual(['0 true', '1 true']);
    expect(feed.state).toEqual(ingestOf(2));
  });

  test('waits until the end of the input before it says that a chunk is not there', async () => {
    const { feed, end, read } = openFeed();
    feed.start(REQUEST);
    const waiting = feed.has(1, signal);
    read(ingestOf(1));
    end.resolve(ingestOf(1, { complete: true }));
    expect(await waiting).toBe(false);
  });

  test('throws what stopped the reader, but has the chunks that came before', async () => {
    const { feed, end, read } = openFeed();
    feed.start(REQUEST);
    read(ingestOf(1));
    const waiting = thrownBy(feed.has(1, signal));
    end.reject(new JobError('INPUT_CHANGED', 'changed'));
    expect(await waiting).toMatchObject({ code: 'INPUT_CHANGED' });
    expect(await feed.has(0, signal)).toBe(true);
  });

  test('tells of the rows that were refused as they were read', () => {
    const { feed, read, told } = openFeed();
    feed.start(REQUEST);
    const record: QuarantineRecord = { row: 4, id: null, code: 'ROW_EMPTY', message: 'empty', attempts: 0 };
    read(ingestOf(1), [record, { ...record, row: 9 }]);
    expect(told).toEqual([4, 9]);
  });

  test('ends waiting with the reason of an abort', async () => {
    const { feed } = openFeed();
    feed.start(REQUEST);
    const controller = new AbortController();
    const waiting = thrownBy(feed.has(0, controller.signal));
    const reason = new Error('stopped');
    controller.abort(reason);
    expect(await waiting).toBe(reason);
  });

  test('lets the reader run on, never back', () => {
    const { feed, allowed } = openFeed();
    feed.allow(30);
    expect(allowed).toEqual([]);
    feed.start(REQUEST);
    for (const chunk of [10, 5, 11, 11, 20, 12]) feed.allow(chunk);
    expect(allowed).toEqual([11, 20]);
  });

  // A mended window far behind the reader allows less than the next window needs.
  test('lets the reader read the chunk that someone waits for', async () => {
    const { feed, allowed, read } = openFeed(ingestOf(40));
    feed.start({ ...REQUEST, allowed: 17 });
    const waiting = feed.has(44, signal);
    expect(allowed).toEqual([45]);
    read(ingestOf(45));
    expect(await waiting).toBe(true);
  });

  describe('with a worker that fails', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    /** Readers that the test plays, one after the other. */
    function openFeeds() {
      const readers: {
        request: IngestRequest;
        onChunk: OnChunk;
        onAlive: () => void;
        end: ReturnType<typeof deferred<IngestState>>;
      }[] = [];
      const ended: number[] = [];
      const reasons: string[] = [];
      const feed = new ChunkFeed({
        state: ingestOf(0),
        onRejects: () => undefined,
        onRestart: ({ message }) => reasons.push(message),
        spawn: () => {
          const worker = readers.length;
          const api = {
            ingest: (
              request: IngestRequest,
              onChunk: OnChunk,
              _onOpen?: unknown,
              onAlive = () => undefined,
            ) => {
              const end = deferred<IngestState>();
              readers.push({ request, onChunk, onAlive, end });
              return end.promise;
            },
            allow: async () => undefined,
          } as Partial<IngestApi> as IngestApi;
          return { api, terminate: () => void ended.push(worker) };
        },
      });
      return { feed, readers, ended, reasons };
    }

    test('reads on with a fresh one when it crashes, as far as was allowed', async () => {
      const { feed, readers, ended, reasons } = openFeeds();
      feed.start(REQUEST);
      feed.allow(25);
      const waiting = feed.has(1, signal);
      readers[0]!.end.reject(new JobError('WORKER_CRASHED', 'The ingest worker ended without a word.'));
      await vi.advanceTimersByTimeAsync(0);
      expect(readers[1]!.request.allowed).toBe(25);
      readers[1]!.onChunk(ingestOf(2), [], { readMs: 1, storeMs: 1 }, textOf(ingestOf(2)));
      expect(await waiting).toBe(true);
      expect(ended).toEqual([0]);
      expect(reasons).toEqual(['The ingest worker ended without a word.']);
    });

    test('takes one for hung that reads nothing while a chunk is waited for', async () => {
      const { feed, readers, ended } = openFeeds();
      feed.start(REQUEST);
      readers[0]!.onChunk(ingestOf(1), [], { readMs: 1, storeMs: 1 }, textOf(ingestOf(1)));
      // Nobody waits: it may rest.
      await vi.advanceTimersByTimeAsync(120_000);
      const waiting = feed.has(1, signal);
      await vi.advanceTimersByTimeAsync(29_999);
      expect(ended).toEqual([]);
      await vi.advanceTimersByTimeAsync(2);
      expect(ended).toEqual([0]);
      readers[1]!.onChunk(ingestOf(2), [], { readMs: 1, storeMs: 1 }, textOf(ingestOf(2)));
      expect(await waiting).toBe(true);
    });

    test('waits as long as it takes for one that gives signs of life', async () => {
      const { feed, readers, ended } = openFeeds();
      feed.start(REQUEST);
      const waiting = feed.has(0, signal);
      for (let minute = 0; minute < 60; minute++) {
        readers[0]!.onAlive();
        await vi.advanceTimersByTimeAsync(50_000);
      }
      expect(ended).toEqual([]);
      readers[0]!.onChunk(ingestOf(1), [], { readMs: 1, storeMs: 1 }, textOf(ingestOf(1)));
      expect(await waiting).toBe(true);
    });

    test('gives up after the third that fails without a chunk in between', async () => {
      const { feed, readers } = openFeeds();
      feed.start(REQUEST);
      const waiting = thrownBy(feed.has(0, signal));
      for (const delayMs of [0, 1_000, 5_000, 0]) {
        readers.at(-1)!.end.reject(new JobError('WORKER_CRASHED', 'gone'));
        await vi.advanceTimersByTimeAsync(delayMs);
      }
      expect(await waiting).toMatchObject({ code: 'WORKER_CRASHED' });
      expect(readers.length).toBe(4);
    });

    test('starts no other once it is closed', async () => {
      const { feed, readers } = openFeeds();
      feed.start(REQUEST);
      feed.close();
      readers[0]!.end.reject(new JobError('WORKER_CRASHED', 'The ingest worker was ended.'));
      await vi.advanceTimersByTimeAsync(10_000);
      expect(readers.length).toBe(1);
    });
  });
});
