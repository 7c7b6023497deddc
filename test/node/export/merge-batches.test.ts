import { expect, test } from 'vitest';
import type { ResultBatch } from '../../../src/core/result-schema.ts';
import { mergeBatches } from '../../../src/export/merge-batches.ts';

const OUTPUT = { kind: 'vector', dims: 1, element: 'float32' } as const;

/** Row r has the value r and keeps its number; rows may repeat, as those of a text that was split do. */
function batchOf(rows: readonly number[]): ResultBatch {
  return {
    rows: Uint32Array.from(rows),
    kept: { n: rows.map(String) },
    values: new Uint8Array(Float32Array.from(rows).buffer),
  };
}

async function* source(closed: string[], name: string, ...batches: readonly (readonly number[])[]) {
  try {
    for (const rows of batches) yield batchOf(rows);
  } finally {
    closed.push(name);
  }
}

async function merged(...sources: AsyncGenerator<ResultBatch>[]): Promise<number[]> {
  const rows: number[] = [];
  for await (const batch of mergeBatches(sources, OUTPUT)) {
    expect(batch.kept['n']).toEqual([...batch.rows].map(String));
    expect(batch.values).toEqual(new Uint8Array(Float32Array.from(batch.rows).buffer));
    rows.push(...batch.rows);
  }
  return rows;
}

test.each<[string, number[][][], number[]]>([
  ['one source', [[[0, 1], [], [4]]], [0, 1, 4]],
  [
    'rows between others, and behind them',
    [
      [[0, 3], [5]],
      [
        [1, 2],
        [4, 9],
      ],
    ],
    [0, 1, 2, 3, 4, 5, 9],
  ],
  ['three sources, one of them empty', [[[1]], [], [[0], [], [2]]], [0, 1, 2]],
  ['rows that repeat', [[[0, 0, 2]], [[1, 1, 1]]], [0, 0, 1, 1, 1, 2]],
])('gives the rows of %s in order', async (_name, batches, rows) => {
  const closed: string[] = [];
  expect(await merged(...batches.map((each, index) => source(closed, `${index}`, ...each)))).toEqual(rows);
  expect(closed.sort()).toEqual(batches.map((_, index) => `${index}`));
});

test('joins rows that take turns', async () => {
  const even = Array.from({ length: 5000 }, (_, row) => row * 2);
  const batches: number[] = [];
  const closed: string[] = [];
  const sources = [
    source(closed, 'a', even),
    source(
      closed,
      'b',
      even.map((row) => row + 1),
    ),
  ];
  for await (const { rows } of mergeBatches(sources, OUTPUT)) batches.push(rows.length);
  expect(batches).toEqual([4096, 4096, 1808]);
});

test('refuses a row that two sources have, and closes them', async () => {
  const closed: string[] = [];
  await expect(merged(source(closed, 'a', [0, 1]), source(closed, 'b', [1]))).rejects.toMatchObject({
    code: 'EXPORT_FAILED',
    message: expect.stringContaining('Row 1 has two results') as string,
  });
  expect(closed.sort()).toEqual(['a', 'b']);
});
