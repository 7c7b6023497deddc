import { describe, expect, test } from 'vitest';
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
    preview: unused,
    inspect: unused,
  };
  const feed = new ChunkFeed({ api, terminate: () => undefined }, stored, (rejects) => {
    for (const { row } of rejects) told.push(row);
  });
  const cost = { readMs: 3, storeMs: 2 };
  const read = (state: IngestState, rejects: readonly QuarantineRecord[] = []) =>
    onChunk(state, rejects, cost);
  return { feed, end, allowed, told, read };
}

const { signal } = new AbortController();

describe('ChunkFeed', () => {
  test('has what an earlier run stored, and nothing behind the end of the input', async () => {
    const { feed } = openFeed(ingestOf(3, { complete: true }));
    expect(await feed.has(2, signal)).toBe(true);
    expect(await feed.has(3, signal)).toBe(false);
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
});
