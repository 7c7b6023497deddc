import { describe, expect, test } from 'vitest';
import type { ExportTarget } from '../../../src/core/export-target.ts';
import { exportQuarantine, exportResults } from '../../../src/export/export-results.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { batchesOf, randomResults, type Results } from '../../conformance/export/random-results.ts';
import { readArrow, readJsonl, readNpy, type ReadFiles } from '../../conformance/export/read-results.ts';

const record = { row: 7, id: null, code: 'ROW_EMPTY', message: 'empty', attempts: 0 } as const;

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

function exportParts(
  results: Results,
  format: 'jsonl' | 'npy' | 'arrow',
  rowsPerFile: number,
  target: ExportTarget = new MemoryTarget(),
) {
  return exportResults({
    schema: results.schema,
    format,
    batches: each(batchesOf(results, 37)),
    quarantine: each([record]),
    target,
    choices: { rowsPerFile },
  });
}

/** The files of part `index`, by the suffixes that a reader knows. */
function part(target: MemoryTarget, index: number): Map<string, Uint8Array> {
  const prefix = `/part-0000${index}`;
  const files = [...target.files].filter(([suffix]) => suffix.startsWith(prefix));
  return new Map(files.map(([suffix, bytes]) => [suffix.slice(prefix.length), bytes]));
}

describe('an export in parts', () => {
  test.each([
    { format: 'jsonl', read: readJsonl, files: 1 },
    { format: 'npy', read: readNpy, files: 2 },
    { format: 'arrow', read: readArrow('.arrow'), files: 1 },
  ] satisfies { format: 'jsonl' | 'npy' | 'arrow'; read: ReadFiles; files: number }[])(
    'holds every row once and in order: $format',
    async ({ format, read, files }) => {
      const results = randomResults(1, 250, 4);
      const target = new MemoryTarget();
      const outcome = await exportParts(results, format, 100, target);
      const rows: number[] = [];
      for (const index of [0, 1, 2]) {
        const found = await read(part(target, index), results.schema.output);
        expect(found).toHaveLength(index < 2 ? 100 : 50);
        rows.push(...found.map(({ row }) => row));
      }
      expect(rows).toEqual([...results.rows]);
      expect(outcome.files).toHaveLength(3 * files + 1);
      expect([...target.files.keys()].toSorted()).toEqual([...outcome.files].toSorted());
      expect(outcome.rowsByFile).toMatchObject({
        [`/part-00001.${format}`]: 100,
        [`/part-00002.${format}`]: 50,
        '/_quarantine.jsonl': 1,
      });
    },
  );

  test('has no empty part after rows that fill the last one, and one file where there are none', async () => {
    expect((await exportParts(randomResults(2, 200, 4), 'jsonl', 100)).files).toEqual([
      '/part-00000.jsonl',
      '/part-00001.jsonl',
      '/_quarantine.jsonl',
    ]);
    const none = await exportParts(randomResults(3, 0, 4), 'jsonl', 100);
    expect(none).toMatchObject({ rows: 0, rowsByFile: { '/part-00000.jsonl': 0 } });
  });

  test('leaves no part behind when it fails in a later one', async () => {
    const target = new MemoryTarget();
    const failing: ExportTarget = {
      open: (suffix) =>
        suffix.includes('00002') ? Promise.reject(new Error('disk full')) : target.open(suffix),
    };
    await expect(exportParts(randomResults(4, 250, 4), 'npy', 100, failing)).rejects.toThrow('disk full');
    expect([...target.files.keys()]).toEqual([]);
  });

  test('misses rows that did not come', async () => {
    const results = randomResults(5, 150, 4);
    const target = new MemoryTarget();
    const short = { ...results, schema: { ...results.schema, rowCount: 151 } };
    await expect(exportParts(short, 'jsonl', 100, target)).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: 'The export has 50 rows, expected 51.',
    });
    expect([...target.files.keys()]).toEqual([]);
  });
});

describe('exportQuarantine', () => {
  test('writes the rows set aside as the output, an empty one where there are none', async () => {
    const target = new MemoryTarget();
    const outcome = await exportQuarantine({ quarantine: each([record]), target });
    expect(outcome).toMatchObject({ rows: 0, quarantined: 1, files: ['.jsonl'] });
    expect(JSON.parse(new TextDecoder().decode(target.files.get('.jsonl')))).toEqual({
      ...record,
      input: null,
      inputCut: false,
    });
    const empty = new MemoryTarget();
    await exportQuarantine({ quarantine: each([]), target: empty });
    expect(empty.files.get('.jsonl')).toHaveLength(0);
  });
});
