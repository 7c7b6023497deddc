import { inspect, isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ResultBatch } from '../../../src/core/result-schema.ts';
import { createParquetFormat } from '../../../src/export/formats/parquet.ts';
import { loadSinkFormat } from '../../../src/export/load-sink-format.ts';
import type { ResultOutput } from '../../../src/core/result-output.ts';
import type { SinkFormat } from '../../../src/export/sink.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { loadParquetInNode } from './parquet-in-node.ts';
import { naughtyResults } from './naughty-results.ts';
import { batchesOf, randomResults, sliceResults, type Results } from './random-results.ts';
import { expectedResult } from './expected-result.ts';
import {
  readArrow,
  readCsv,
  readJsonl,
  readNpy,
  readParquet,
  type Files,
  type ReadRow,
} from './read-results.ts';

/** How a format spells a kept value: JSON as it was, or by the column's type. */
type Expected = (text: string | null, type: string) => unknown;

const asJson: Expected = (text) => (text === null ? null : JSON.parse(text));
const asTyped: Expected = (text, type) => {
  const value: unknown = asJson(text, type);
  if (value === null) return null;
  if (type === 'int64') return BigInt(value as number);
  return type === 'json' ? text : value;
};

/** CSV has text alone: a reader gets the text of each cell, null for an empty one. */
const asCell: Expected = (text, type) => {
  const value: unknown = asJson(text, type);
  if (value === null) return null;
  return type === 'utf8' ? value : text;
};

const FORMATS = [
  ...(['arrow', 'arrows'] as const).map((name) => ({
    name,
    load: () => loadSinkFormat(name),
    files: [`.${name}`],
    manyRows: 70_000,
    labels: true,
    read: readArrow(`.${name}`),
    expected: asTyped,
  })),
  {
    name: 'csv',
    load: () => loadSinkFormat('csv'),
    files: ['.csv'],
    manyRows: 5000,
    labels: true,
    read: readCsv,
    expected: asCell,
  },
  {
    name: 'jsonl',
    load: () => loadSinkFormat('jsonl'),
    files: ['.jsonl'],
    manyRows: 5000,
    labels: true,
    read: readJsonl,
    expected: asJson,
  },
  {
    name: 'npy',
    load: () => loadSinkFormat('npy'),
    files: ['.npy', '.ids.jsonl'],
    manyRows: 5000,
    labels: false,
    read: readNpy,
    expected: asJson,
  },
  {
    name: 'parquet',
    // Without Zstandard, which the independent reader does not have.
    load: async () => createParquetFormat({ load: loadParquetInNode, compression: 'none' }),
    files: ['.parquet'],
    // More than one row group of 65,536.
    manyRows: 70_000,
    labels: true,
    read: readParquet,
    expected: asTyped,
  },
];

async function writeAll(format: SinkFormat, results: Results, batchSize: number): Promise<Files> {
  const target = new MemoryTarget();
  const sink = await format.open(results.schema, target);
  for (const batch of batchesOf(results, batchSize)) await sink.write(batch);
  await sink.finish();
  return target.files;
}

const LABELS = ['plain', '', 'naïve "café"\n', '日本語', 'a,b;c', '=1+1'];

const OUTPUTS: readonly ResultOutput[] = [
  { kind: 'vector', dims: 33, element: 'float16' },
  { kind: 'vector', dims: 33, element: 'int8' },
  { kind: 'vector', dims: 40, element: 'binary' },
  { kind: 'labels', labels: LABELS, count: 1 },
  { kind: 'labels', labels: LABELS, count: 3 },
];

/** Where what was read is not what was written, -0 told from 0. At most a few lines. */
function differences(found: readonly ReadRow[], results: Results, expected: Expected): string[] {
  const { schema, rows, kept, values } = results;
  const list: string[] = [];
  if (found.length !== rows.length) list.push(`${found.length} rows, expected ${rows.length}`);
  for (const [i, { row, kept: keptFound, result }] of found.entries()) {
    if (row !== rows[i]) list.push(`row ${row} at ${i}, expected ${rows[i]}`);
    const names = Object.keys(keptFound).join();
    if (names !== schema.columns.map(({ name }) => name).join()) list.push(`row ${row} has ${names}`);
    for (const { name, type } of schema.columns) {
      const value = expected(kept[name]![i]!, type);
      if (!isDeepStrictEqual(keptFound[name], value))
        list.push(`row ${row}, ${name}: ${inspect([keptFound[name], value])}`);
    }
    const written = expectedResult(schema.output, values, i);
    if (!isDeepStrictEqual(result, written)) list.push(`row ${row}: ${inspect([result, written])}`);
    if (list.length > 5) break;
  }
  return list;
}

describe.each(FORMATS)('$name as a sink format', ({ load, files, manyRows, read, expected, labels }) => {
  let format: SinkFormat;
  beforeAll(async () => {
    format = await load();
  });

  test.each([
    { rowCount: 0, dims: 4 },
    { rowCount: 1, dims: 1 },
    { rowCount: 2, dims: 384 },
    { rowCount: 517, dims: 33 },
  ])('gives back $rowCount rows of $dims dimensions exactly', async ({ rowCount, dims }) => {
    for (const seed of [1, 2, 3]) {
      const results = randomResults(seed, rowCount, dims);
      const written = await writeAll(format, results, 100);
      expect([...written.keys()].sort()).toEqual([...files].sort());
      expect(differences(await read(written, results.schema.output), results, expected)).toEqual([]);
    }
  });

  test('gives back the Big List of Naughty Strings exactly', async () => {
    const results = naughtyResults();
    const written = await writeAll(format, results, 100);
    expect(differences(await read(written, results.schema.output), results, expected)).toEqual([]);
  });

  test.each(OUTPUTS.filter(({ kind }) => labels || kind === 'vector'))(
    'gives back %o exactly',
    async (output) => {
      const results = randomResults(10, 300, output);
      expect(differences(await read(await writeAll(format, results, 77), output), results, expected)).toEqual(
        [],
      );
    },
  );

  test.runIf(!labels)('says that it cannot hold labels', async () => {
    const output: ResultOutput = { kind: 'labels', labels: LABELS, count: 1 };
    const opening = format.open(randomResults(11, 1, output).schema, new MemoryTarget());
    await expect(opening).rejects.toMatchObject({ code: 'EXPORT_FAILED', message: /labels/ });
  });

  test('writes the same bytes however rows are grouped, over more than one buffer', async () => {
    const results = randomResults(4, manyRows, 2);
    const whole = await writeAll(format, results, results.rows.length);
    for (const batchSize of [1009, 4096]) {
      const pieces = await writeAll(format, results, batchSize);
      for (const suffix of files) {
        expect(Buffer.compare(pieces.get(suffix)!, whole.get(suffix)!), `${suffix} by ${batchSize}`).toBe(0);
      }
    }
    expect(differences(await read(whole, results.schema.output), results, expected)).toEqual([]);
  });

  test('takes empty batches', async () => {
    const results = randomResults(5, 3, 4);
    const target = new MemoryTarget();
    const sink = await format.open(results.schema, target);
    await sink.write(sliceResults(results, 0, 0));
    await sink.write(sliceResults(results, 0, 3));
    await sink.write(sliceResults(results, 3, 3));
    await sink.finish();
    expect(differences(await read(target.files, results.schema.output), results, expected)).toEqual([]);
  });

  test('says which files it writes', async () => {
    const sink = await format.open(randomResults(6, 1, 4).schema, new MemoryTarget());
    expect(sink.files).toEqual(files);
    await sink.abort();
  });

  test('refuses two columns of one name', async () => {
    const { schema } = randomResults(12, 1, 4);
    const columns = [...schema.columns, { name: 'embedding', type: 'utf8' as const }];
    await expect(format.open({ ...schema, columns }, new MemoryTarget())).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: 'The output would have two columns "embedding".',
    });
  });

  describe('refuses', () => {
    const results = randomResults(7, 5, 4);
    const write = async (...batches: readonly ResultBatch[]): Promise<void> => {
      const target = new MemoryTarget();
      const sink = await format.open(results.schema, target);
      try {
        for (const batch of batches) await sink.write(batch);
        await sink.finish();
      } finally {
        await sink.abort();
        expect([...target.files.keys()]).toEqual([]);
      }
    };

    test('to finish with a row missing', async () => {
      await expect(write(sliceResults(results, 0, 4))).rejects.toMatchObject({
        code: 'EXPORT_FAILED',
        message: 'The export has 4 rows, expected 5.',
      });
    });

    test('a row twice', async () => {
      const call = write(sliceResults(results, 0, 3), sliceResults(results, 2, 5));
      await expect(call).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    });

    test('rows out of order within a batch', async () => {
      const batch = sliceResults(results, 0, 5);
      batch.rows.reverse();
      await expect(write(batch)).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    });

    test('more rows than were announced', async () => {
      const more = { ...sliceResults(results, 0, 1), rows: Uint32Array.of(999_999) };
      await expect(write(sliceResults(results, 0, 5), more)).rejects.toMatchObject({ code: 'EXPORT_FAILED' });
    });

    test('vectors of another width', async () => {
      const batch = sliceResults(results, 0, 5);
      await expect(write({ ...batch, values: batch.values.slice(1) })).rejects.toThrow(RangeError);
    });

    test('a column that is missing', async () => {
      const { id: _, ...kept } = sliceResults(results, 0, 5).kept;
      await expect(write({ ...sliceResults(results, 0, 5), kept })).rejects.toThrow(/column "id", got none/);
    });

    test('rows after it was finished', async () => {
      const sink = await format.open(results.schema, new MemoryTarget());
      await sink.write(sliceResults(results, 0, 5));
      await sink.finish();
      await expect(sink.write(sliceResults(results, 0, 0))).rejects.toThrow(TypeError);
    });
  });

  test('leaves nothing when aborted, at any point', async () => {
    const results = randomResults(8, 40, 4);
    for (const rows of [0, 20, 40]) {
      const target = new MemoryTarget();
      const sink = await format.open(results.schema, target);
      if (rows > 0) await sink.write(sliceResults(results, 0, rows));
      if (rows === 40) await sink.finish();
      await sink.abort();
      await sink.abort();
      expect([...target.files.keys()]).toEqual([]);
    }
  });

  test('fails when the target does', async () => {
    const results = randomResults(9, manyRows, 2);
    const full = new Error('disk full');
    const failing = {
      open: async () => ({
        write: () => Promise.reject(full),
        finish: async () => {},
        abort: async () => {},
      }),
    };
    const writing = async () => {
      const sink = await format.open(results.schema, failing);
      try {
        for (const batch of batchesOf(results, 2000)) await sink.write(batch);
        await sink.finish();
      } finally {
        await sink.abort();
      }
    };
    await expect(writing()).rejects.toBe(full);
  });
});
