import { describe, expect, test } from 'vitest';
import {
  appendChunks,
  chunkHolds,
  eachKept,
  finishIngest,
  keptHolds,
  readKept,
  restoreChunk,
} from '../../../src/store/chunk-store.ts';
import { claimJob, readJobMeta } from '../../../src/store/job-meta.ts';
import type { StoredKept } from '../../../src/store/job-schema.ts';
import { unsealed } from '../../../src/store/seal.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { sha256Hex } from '../../../src/util/sha256.ts';
import { beginTestJob, testChunk, testReject } from '../../support/test-job.ts';

async function ordinalsOf(pages: AsyncIterable<StoredKept>): Promise<number[]> {
  const ordinals: number[] = [];
  for await (const { ordinal } of pages) ordinals.push(ordinal);
  return ordinals;
}

describe('appendChunks', () => {
  test('stores text, kept columns, rejects and the new position together', async () => {
    const { db } = await beginTestJob();
    const chunk = testChunk(0, [0, 2], [testReject(1)]);
    const [ingest] = await appendChunks(db, 1, [chunk]);
    expect(ingest).toEqual({
      next: chunk.end,
      complete: false,
      rows: 3,
      rejects: 1,
      bytesTotal: 10_000,
      bytesRead: chunk.end.byte,
      kinds: chunk.kinds,
    });
    expect((await readJobMeta(db))!.ingest).toEqual(ingest);
    const sha256 = await sha256Hex(new Uint8Array(chunk.read));
    expect(unsealed((await db.get('chunks', 0))!)).toStrictEqual({ ordinal: 0, read: chunk.read, sha256 });
    expect((await db.getAll('quarantine')).map(unsealed)).toEqual([testReject(1)]);
    const [kept] = await readKept(db, 0, 1);
    expect(decodeKept(kept!.kept).ids).toEqual(['id 0', 'id 2']);
    expect(kept!.sha256).toBe(await sha256Hex(new Uint8Array(chunk.kept)));
  });

  test('adds up over chunks', async () => {
    const { db } = await beginTestJob();
    await appendChunks(db, 1, [testChunk(0, [0, 1], [testReject(2)])]);
    const [ingest] = await appendChunks(db, 1, [testChunk(1, [4], [testReject(3)])]);
    expect(ingest).toMatchObject({ rows: 5, rejects: 2, next: { chunk: 2, row: 5 } });
  });

  test('stores several in one transaction, with the state after each', async () => {
    const { db } = await beginTestJob();
    const chunks = [testChunk(0, [0, 1], [testReject(2)]), testChunk(1, [3]), testChunk(2, [4, 5])];
    const states = await appendChunks(db, 1, chunks);
    expect(states).toMatchObject([
      { rows: 3, rejects: 1, next: { chunk: 1 } },
      { rows: 4, rejects: 1, next: { chunk: 2 } },
      { rows: 6, rejects: 1, next: { chunk: 3 } },
    ]);
    expect((await readJobMeta(db))!.ingest).toEqual(states.at(-1));
    expect(await db.getAllKeys('chunks')).toEqual([0, 1, 2]);
    expect((await readKept(db, 0, 3)).map(({ rowCount }) => rowCount)).toEqual([2, 1, 2]);
  });

  test('stores nothing of a chunk for an owner that was shut out', async () => {
    const { db } = await beginTestJob();
    const before = (await readJobMeta(db))!.ingest;
    await claimJob(db);
    const stale = appendChunks(db, 1, [testChunk(0, [0], [testReject(1)])]);
    await expect(stale).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    await expect(finishIngest(db, 1)).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect((await readJobMeta(db))!.ingest).toEqual(before);
    const counts = await Promise.all(
      (['chunks', 'kept', 'quarantine'] as const).map((store) => db.count(store)),
    );
    expect(counts).toEqual([0, 0, 0]);
  });
});

test('finishIngest marks the end and changes nothing else', async () => {
  const { db } = await beginTestJob();
  const [ingest] = await appendChunks(db, 1, [testChunk(0, [0, 1])]);
  expect(await finishIngest(db, 1)).toEqual({ ...ingest, complete: true });
});

test('restoreChunk puts back the text alone', async () => {
  const { db } = await beginTestJob();
  const chunk = testChunk(0, [0, 1]);
  const [ingest] = await appendChunks(db, 1, [chunk]);
  const before = await db.get('chunks', 0);
  await db.delete('chunks', 0);
  await restoreChunk(db, 1, 0, chunk.read, null);
  expect(await db.get('chunks', 0)).toStrictEqual(before);
  expect((await readJobMeta(db))!.ingest).toEqual(ingest);
});

test('chunkHolds and keptHolds notice one flipped bit, in the buffer and in the record', async () => {
  const { db } = await beginTestJob();
  await appendChunks(db, 1, [testChunk(0, [0, 1])]);
  const [chunk, kept] = [(await db.get('chunks', 0))!, (await db.get('kept', 0))!];
  expect([await chunkHolds(chunk), await keptHolds(kept)]).toEqual([true, true]);
  expect(await chunkHolds({ ...chunk, read: flipped(chunk.read) })).toBe(false);
  expect(await chunkHolds({ ...chunk, ordinal: 1 })).toBe(false);
  expect(await keptHolds({ ...kept, kept: flipped(kept.kept) })).toBe(false);
  expect(await keptHolds({ ...kept, rowCount: 3 })).toBe(false);
  expect(await keptHolds({ ...kept, kinds: { id: 17 } })).toBe(false);
});

test('a chunk that an older layout stored is taken as it is', async () => {
  const { read } = testChunk(0, [0]);
  expect(await chunkHolds({ ordinal: 0, read })).toBe(true);
});

function flipped(buffer: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(buffer.slice(0));
  bytes[bytes.length >> 1]! ^= 1;
  return bytes.buffer;
}

test.each([1, 2, 5, 6, 7, 100])(
  'eachKept gives every chunk once and in order, %i at a time',
  async (pageSize) => {
    const { db } = await beginTestJob();
    for (let ordinal = 0; ordinal < 6; ordinal++) await appendChunks(db, 1, [testChunk(ordinal, [ordinal])]);
    expect(await ordinalsOf(eachKept(db, pageSize))).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await readKept(db, 2, 3)).map((kept) => kept.ordinal)).toEqual([2, 3, 4]);
  },
);
