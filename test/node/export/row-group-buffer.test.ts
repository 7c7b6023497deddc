import { describe, expect, test } from 'vitest';
import type { ResultBatch, ResultSchema } from '../../../src/core/result-schema.ts';
import { uint32s } from '../../../src/export/output/aligned-values.ts';
import { RowGroupBuffer, rowsPerGroup } from '../../../src/export/arrow/row-group-buffer.ts';

const MIB = 1 << 20;

const vectors = (dims: number) => ({ kind: 'vector', dims, element: 'float32' }) as const;

function schema(rowCount: number): ResultSchema {
  return { columns: [{ name: 'text', type: 'utf8' }], output: vectors(1), rowCount };
}

function batch(start: number, texts: readonly string[]): ResultBatch {
  return {
    rows: Uint32Array.from(texts, (_, i) => start + i),
    kept: { text: texts },
    values: new Uint8Array(Uint32Array.from(texts, (_, i) => start + i).buffer),
  };
}

/** Rows of each group, for the texts given in batches of a size. */
function groupsOf(texts: readonly string[], batchSize: number): number[][] {
  const buffer = new RowGroupBuffer(schema(texts.length));
  const groups: number[][] = [];
  for (let start = 0; start < texts.length; start += batchSize) {
    const next = batch(start, texts.slice(start, start + batchSize));
    for (let taken = 0; taken < next.rows.length;) {
      taken += buffer.add(next, taken);
      if (!buffer.full) continue;
      const { rows, values, kept } = buffer.take();
      expect([...uint32s(values)]).toEqual([...rows]);
      expect(kept[0]).toEqual([...rows].map((row) => texts[row]));
      groups.push([...rows]);
    }
  }
  if (buffer.rowCount > 0) groups.push([...buffer.take().rows]);
  return groups;
}

describe('RowGroupBuffer', () => {
  test('holds three million numbers, within bounds', () => {
    expect(rowsPerGroup(vectors(384))).toBe(8192);
    expect(rowsPerGroup(vectors(768))).toBe(4096);
    expect(rowsPerGroup(vectors(1))).toBe(65_536);
    expect(rowsPerGroup(vectors(10_000_000))).toBe(1);
  });

  test('ends a group early when its texts are long, at the same row for any batches', () => {
    const long = 'x'.repeat(9 * MIB);
    const texts = ['a', long, 'b', long, 'c', 'd', long, long];
    const groups = [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ];
    for (const batchSize of [1, 3, 8]) expect(groupsOf(texts, batchSize)).toEqual(groups);
  });
});
