import { expect, test } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import { IdIndex } from '../../../src/source/id-index.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { batchOptions } from '../../support/answer-batch.ts';
import { readAll } from '../source/read-source.ts';

/** Requests of one to five inputs, every fourth one a duplicate, every seventh one broken. */
const content = Array.from({ length: 60 }, (_, i) => {
  if (i % 7 === 6) return `broken ${i}`;
  const input = Array.from({ length: 1 + (i % 5) }, (__, at) => `text ${i} ${at}`);
  const custom_id = `r${i % 4 === 3 ? i - 3 : i}`;
  return JSON.stringify({ custom_id, method: 'POST', url: '/v1/embeddings', body: { model: 'm', input } });
}).join('\n');

function idsOf(chunks: readonly Chunk[]): IdIndex {
  const ids = new IdIndex();
  for (const { kept } of chunks) {
    const { ids: own, rows } = decodeKept(kept);
    ids.add(own, rows);
  }
  return ids;
}

test('chunks hold requests whole, and reading on from the end of any of them gives the rest', async () => {
  const limits = { maxRows: 4 };
  const all = await readAll(content, batchOptions(limits));
  expect(all.length).toBeGreaterThan(20);
  expect(all.flatMap(({ rejects }) => rejects).length).toBeGreaterThan(15);
  for (const [place, chunk] of all.entries()) {
    const { columns } = decodeKept(chunk.kept);
    const of = columns['$request']!.map((text) => (JSON.parse(text!) as { readonly of: number }).of);
    const first = columns['index']!.filter((index) => index === '0').length;
    // As many first inputs as there are requests, each with all of its inputs.
    expect(of.reduce((sum, count) => sum + 1 / count, 0)).toBeCloseTo(first, 6);
    const before = all.slice(0, place + 1);
    const rest = await readAll(content, { ...batchOptions(limits), ids: idsOf(before) }, chunk.end);
    expect(rest).toStrictEqual(all.slice(place + 1));
    expect(decodeReadColumns(chunk.read).rows).toEqual(decodeKept(chunk.kept).rows);
  }
});
