import { expect, test } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import { ChunkWriter } from '../../../src/pipeline/chunk-writer.ts';
import { deferred, type Deferred } from '../../../src/util/deferred.ts';
import { ingestOf } from '../../support/job-totals.ts';

const chunkOf = (ordinal: number, bytes = 0) =>
  ({ ordinal, read: new ArrayBuffer(bytes), kept: new ArrayBuffer(bytes) }) as Chunk;

/** A writer to a store that the test plays: each call waits for its gate. */
function openWriter() {
  const calls: { readonly chunks: readonly number[]; readonly gate: Deferred<void> }[] = [];
  const stored: number[] = [];
  const told = { failed: 0 };
  const writer = new ChunkWriter({
    store: async (chunks) => {
      const gate = deferred<void>();
      calls.push({ chunks: chunks.map(({ ordinal }) => ordinal), gate });
      await gate.promise;
      return chunks.map(({ ordinal }) => ingestOf(ordinal + 1));
    },
    onStored: ({ ordinal }, state) => {
      expect(state.next.chunk).toBe(ordinal + 1);
      stored.push(ordinal);
    },
    onFailed: () => told.failed++,
  });
  return { writer, calls, stored, told };
}

test('the first chunk is stored at once, and what comes meanwhile together', async () => {
  const { writer, calls, stored } = openWriter();
  for (const ordinal of [0, 1, 2, 3]) await writer.add(chunkOf(ordinal));
  expect(calls.map(({ chunks }) => chunks)).toEqual([[0]]);
  expect(stored).toEqual([]);
  calls[0]!.gate.resolve();
  await expect.poll(() => calls.length).toBe(2);
  expect(stored).toEqual([0]);
  expect(calls[1]!.chunks).toEqual([1, 2, 3]);
  calls[1]!.gate.resolve();
  await writer.flush();
  expect(stored).toEqual([0, 1, 2, 3]);
});

test.each([
  { chunks: 8, bytes: 0 },
  { chunks: 2, bytes: 2 ** 20 },
])(
  'a reader that is faster than the store waits, with $chunks chunks of twice $bytes bytes',
  async ({ chunks, bytes }) => {
    const { writer, calls } = openWriter();
    const waiting = Array.from({ length: chunks }, (_, i) => 1 + i);
    await writer.add(chunkOf(0, bytes));
    for (const ordinal of waiting.slice(0, -1)) await writer.add(chunkOf(ordinal, bytes));
    let added = false;
    const adding = writer.add(chunkOf(chunks, bytes)).then(() => (added = true));
    await new Promise((resolve) => setTimeout(resolve));
    expect(added).toBe(false);
    calls[0]!.gate.resolve();
    await adding;
    expect(calls[1]!.chunks).toEqual(waiting);
  },
);

test('after a failure nothing more is stored, and every call throws it', async () => {
  const { writer, calls, stored, told } = openWriter();
  for (const ordinal of [0, 1]) await writer.add(chunkOf(ordinal));
  expect(writer.failed).toBe(false);
  calls[0]!.gate.reject(new Error('disk full'));
  await expect(writer.flush()).rejects.toThrow('disk full');
  expect(writer.failed).toBe(true);
  expect(told.failed).toBe(1);
  await expect(writer.add(chunkOf(2))).rejects.toThrow('disk full');
  expect(calls.length).toBe(1);
  expect(stored).toEqual([]);
});
