// Files that others wrote: DuckDB, apache-arrow, the zstd, lz4 and gzip commands, csv-spectrum.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as arrow from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import { inputFormatOf } from '../../../src/core/input-format.ts';
import { decodeLz4Frame } from '../../../src/source/columnar/lz4-frame.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { verifyDataset } from '../../../src/source/verify-source.ts';
import { optionsFor, rangeOf, summary } from '../../node/source/read-source.ts';
import { runDuckDb } from '../../support/duckdb.ts';
import { rangeOfFile } from '../../support/range-of-file.ts';

const signal = new AbortController().signal;
const FIXTURES = fileURLToPath(new URL('../../fixtures/compressed/', import.meta.url));
const ROWS = 5000;

/** What every file of `folder` holds. Row 7 has no text, row 11 no label. */
const TABLE = `
  CREATE TABLE t AS SELECT
    'r' || i AS id,
    CASE WHEN i = 7 THEN NULL ELSE 'text ' || i || ', "quoted"' || chr(10) || 'ünd 🌾 ' || repeat('x', (i % 50)::INT) END AS text,
    CASE WHEN i = 11 THEN NULL ELSE 'label ' || (i % 5) END AS label
  FROM range(${ROWS}) r(i)`;
const CODECS = ['uncompressed', 'snappy', 'zstd', 'gzip', 'brotli', 'lz4', 'lz4_raw'];

let folder: string;
let names: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-others-'));
  const copy = (name: string, options: string) => `COPY t TO '${join(folder, name)}' (${options})`;
  await runDuckDb(
    TABLE,
    copy('plain.csv', 'FORMAT csv, HEADER'),
    copy('plain.tsv', "FORMAT csv, HEADER, DELIMITER '\t'"),
    copy('semicolons.csv', "FORMAT csv, HEADER, DELIMITER ';'"),
    copy('packed.csv.gz', 'FORMAT csv, HEADER, COMPRESSION gzip'),
    copy('packed.csv.zst', 'FORMAT csv, HEADER, COMPRESSION zstd'),
    copy('plain.jsonl', 'FORMAT json'),
    copy('packed.jsonl.gz', 'FORMAT json, COMPRESSION gzip'),
    copy('packed.jsonl.zst', 'FORMAT json, COMPRESSION zstd'),
    ...CODECS.map((codec) =>
      copy(`${codec}.parquet`, `FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE 2048`),
    ),
    copy('v2.parquet', 'FORMAT parquet, PARQUET_VERSION v2, ROW_GROUP_SIZE 2048'),
    copy('one-group.parquet', 'FORMAT parquet'),
  );
  const lines = (await readFile(join(folder, 'plain.jsonl'), 'utf8')).trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Record<string, string | null>);
  const table = new arrow.Table({
    id: arrow.vectorFromArray(
      rows.map((row) => row['id']!),
      new arrow.Utf8(),
    ),
    text: arrow.vectorFromArray(
      rows.map((row) => row['text'] ?? null),
      new arrow.LargeUtf8(),
    ),
    label: arrow.vectorFromArray(
      rows.map((row) => row['label'] ?? null),
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
    ),
  });
  await writeFile(join(folder, 'one-batch.arrow'), arrow.tableToIPC(table, 'file'));
  const batches = [table.slice(0, 100), table.slice(100, 101), table.slice(101)].flatMap(
    ({ batches: some }) => some,
  );
  await writeFile(join(folder, 'batches.arrow'), arrow.tableToIPC(new arrow.Table(batches), 'file'));
  await writeFile(join(folder, 'stream.arrows'), arrow.tableToIPC(new arrow.Table(batches), 'stream'));
  names = (await readdir(folder)).sort();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = (name: string, more: Partial<ReadOptions> = {}) =>
  optionsFor(inputFormatOf({ path: name }), { idColumn: 'id', keep: ['id', 'label'], ...more });

async function read(name: string, asked: ReadOptions, from: Chunk['start'] | null = null): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of readDataset([rangeOfFile(join(folder, name))], asked, from, signal))
    chunks.push(chunk);
  return chunks;
}

describe('the same rows', () => {
  it('come from every format that holds them', async () => {
    const reference = summary(await read('plain.jsonl', options('plain.jsonl')));
    expect(reference.rows.length).toBe(ROWS - 1);
    for (const name of names) {
      const { rows, rejects } = summary(await read(name, options(name)));
      // CSV has no null but the empty string.
      const label = /\.[ct]sv/.test(name) ? '""' : 'null';
      const expected = reference.rows.map((row) =>
        row.kept['label'] === 'null' ? { ...row, kept: { ...row.kept, label } } : row,
      );
      expect(rows, name).toEqual(expected);
      expect(rejects, name).toMatchObject([{ row: 7, id: 'r7', code: 'ROW_EMPTY' }]);
    }
    expect(names.length).toBeGreaterThan(18);
  });

  it('come wherever reading goes on, and are found again', async () => {
    for (const name of names.filter((one) => /parquet|arrow|gz/.test(one))) {
      const chunks = await read(name, options(name));
      const middle = chunks[2]!;
      expect(await read(name, options(name), middle.end), name).toStrictEqual(chunks.slice(3));
      expect((await read(name, options(name), middle.start))[0], name).toStrictEqual(middle);
      const range = rangeOfFile(join(folder, name));
      await expect(verifyDataset([range], options(name), chunks, signal), name).resolves.toBeUndefined();
    }
  });

  it('are refused when a byte of their columns changed', async () => {
    for (const name of ['uncompressed.parquet', 'batches.arrow']) {
      const chunks = await read(name, options(name));
      const bytes = await readFile(join(folder, name));
      const at = bytes.indexOf('text 3000,');
      bytes[at] = bytes[at]! ^ 1;
      await expect(
        verifyDataset([rangeOf(bytes, name)], options(name), chunks, signal),
        name,
      ).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
    }
  });

  it.each(['uncompressed.parquet', 'batches.arrow'])(
    'are not read of %s where it is cut short',
    async (name) => {
      const bytes = await readFile(join(folder, name));
      for (const length of [3, 50, 1000, bytes.length >> 1, bytes.length - 20]) {
        const reading = async () => {
          for await (const _ of readDataset(
            [rangeOf(bytes.subarray(0, length), name)],
            options(name),
            null,
            signal,
          ));
        };
        await expect(reading(), `${length} bytes`).rejects.toMatchObject({
          code: 'INPUT_FORMAT',
          message: expect.stringContaining(name) as string,
        });
      }
    },
  );

  it('are read column by column: what is not asked for is not touched', async () => {
    const bytes = await readFile(join(folder, 'uncompressed.parquet'));
    let read = 0;
    const range = rangeOf(bytes, 'wide.parquet');
    const counted = { ...range, slice: (a: number, b: number) => ((read += b - a), range.slice(a, b)) };
    const columns = optionsFor('parquet', { read: [{ role: 'text', column: 'label', type: 'text' }] });
    for await (const _ of readDataset([counted], columns, null, signal));
    // `text` is most of it. The footer is asked for with 64 KiB, and a column is read to be hashed and to be decoded.
    expect(read).toBeLessThan(bytes.length * 0.6);
  });

  it('say which column is missing', async () => {
    const asked = optionsFor('parquet', { read: [{ role: 'text', column: 'body', type: 'text' }] });
    await expect(read('v2.parquet', asked)).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: 'v2.parquet has no column "body"; columns found: id, text, label.',
    });
  });
});

describe('values', () => {
  const SQL = `SELECT 'words' AS text,
    {'title': 'a title', 'stats': {'n': 3}} AS meta, ['x', 'y'] AS list, MAP {'k': 1} AS map,
    9007199254740993::BIGINT AS big, 42::BIGINT AS small, 1.50::DECIMAL(9,2) AS price, 0.1::DOUBLE AS real,
    DATE '1969-12-31' AS day, TIMESTAMP '2026-11-26 20:35:00.123456' AS time, true AS yes, NULL::INT AS none,
    'NaN'::DOUBLE AS nan, 'dotted' AS "a.b"`;
  const KEEP = ['meta.title', 'meta.stats.n', 'meta', 'list', 'map', 'big', 'small', 'price', 'real'];
  const MORE = ['day', 'time', 'yes', 'none', 'nan', 'a.b'];

  it('of Parquet are what JSON has for them', async () => {
    await runDuckDb(`COPY (${SQL}) TO '${join(folder, 'values.pq')}' (FORMAT parquet)`);
    const chunks = await read('values.pq', optionsFor('parquet', { keep: [...KEEP, ...MORE] }));
    const [row] = summary(chunks).rows;
    expect(row!.kept).toEqual({
      'meta.title': '"a title"',
      'meta.stats.n': '3',
      meta: '{"title":"a title","stats":{"n":3}}',
      list: '["x","y"]',
      map: '{"k":1}',
      big: '9007199254740993',
      small: '42',
      price: '1.5',
      real: '0.1',
      day: '"1969-12-31"',
      time: '"2026-11-26T20:35:00.123456Z"',
      yes: 'true',
      none: 'null',
      nan: 'null',
      'a.b': '"dotted"',
    });
  });

  it('of Arrow are the same', async () => {
    const meta = { title: 'a title', stats: { n: 3 } };
    const table = new arrow.Table({
      text: arrow.vectorFromArray(['words']),
      meta: arrow.vectorFromArray([meta]),
      list: arrow.vectorFromArray(
        [['x', 'y']],
        new arrow.List(arrow.Field.new({ name: 'item', type: new arrow.Utf8() })),
      ),
      big: arrow.vectorFromArray([9007199254740993n], new arrow.Int64()),
      small: arrow.vectorFromArray([42n], new arrow.Int64()),
      real: arrow.vectorFromArray([0.1], new arrow.Float64()),
      day: arrow.vectorFromArray([new Date('1969-12-31')], new arrow.DateDay()),
      time: arrow.vectorFromArray([1_795_725_300_123], new arrow.TimestampMillisecond()),
      yes: arrow.vectorFromArray([true]),
      none: arrow.vectorFromArray([null], new arrow.Int32()),
      nan: arrow.vectorFromArray([Number.NaN], new arrow.Float64()),
    });
    await writeFile(join(folder, 'values.arrow'), arrow.tableToIPC(table, 'file'));
    const keep = [...KEEP, ...MORE].filter((name) => !['map', 'price', 'a.b'].includes(name));
    const chunks = await read('values.arrow', optionsFor('arrow', { keep }));
    const { time, ...kept } = summary(chunks).rows[0]!.kept;
    expect(kept).toEqual({
      'meta.title': '"a title"',
      'meta.stats.n': '3',
      meta: '{"title":"a title","stats":{"n":3}}',
      list: '["x","y"]',
      big: '9007199254740993',
      small: '42',
      real: '0.1',
      day: '"1969-12-31"',
      yes: 'true',
      none: 'null',
      nan: 'null',
    });
    expect(time).toBe('"2026-11-26T20:35:00.123Z"');
  });
});

describe('what the commands packed', () => {
  /** Four thousand lines, as they were given to the commands. */
  const lines: string[] = [];
  let seed = 1;
  for (let id = 0; id < 4000; id++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    lines.push(JSON.stringify({ id, text: `row ${id} ${'abcdefgh'.slice(seed % 8)} ${seed % 97}` }));
  }

  it.each([
    'rows-1.jsonl.zst',
    'rows-19.jsonl.zst',
    'rows-two-frames.jsonl.zst',
    'rows-two-members.jsonl.gz',
  ])('%s is unpacked', async (name) => {
    const chunks: Chunk[] = [];
    const files = [rangeOfFile(FIXTURES + name)];
    for await (const chunk of readDataset(files, optionsFor('jsonl'), null, signal)) chunks.push(chunk);
    const { rows } = summary(chunks);
    expect(rows.length).toBe(4000);
    expect(rows.map(({ text }) => text)).toEqual(
      lines.map((line) => (JSON.parse(line) as { text: string }).text),
    );
  });

  it.each(['rows.lz4', 'rows-independent.lz4'])('%s is unpacked', async (name) => {
    const frame = await readFile(FIXTURES + name);
    const text = `${lines.join('\n')}\n`.slice(0, 150_000);
    expect(new TextDecoder().decode(decodeLz4Frame(frame, 150_000))).toBe(text);
    expect(() => decodeLz4Frame(frame.subarray(0, 5000), 150_000)).toThrow(RangeError);
    expect(() => decodeLz4Frame(frame, 149_999)).toThrow(RangeError);
  });
});

describe('csv-spectrum', async () => {
  const csvs = join(dirname(createRequire(import.meta.url).resolve('csv-spectrum')), 'csvs');
  // The expected values of one were made by a reader that lost its degree signs (Latin-1).
  const readable = (await readdir(csvs)).filter((name) => name !== 'location_coordinates.csv');
  it.each(readable)('%s', async (name) => {
    const expected = JSON.parse(
      await readFile(join(csvs, '../json', name.replace('.csv', '.json')), 'utf8'),
    ) as Record<string, string>[];
    const columns = Object.keys(expected[0]!);
    const asked = optionsFor('csv', {
      read: [{ role: 'text', column: columns[0]!, type: 'text' }],
      keep: columns,
    });
    const chunks: Chunk[] = [];
    for await (const chunk of readDataset([rangeOfFile(join(csvs, name))], asked, null, signal))
      chunks.push(chunk);
    const rows = summary(chunks).rows.map(({ kept }) =>
      Object.fromEntries(
        Object.entries(kept).map(([column, json]) => [column, JSON.parse(json ?? 'null') as string]),
      ),
    );
    expect(rows).toEqual(expected);
  });
});
