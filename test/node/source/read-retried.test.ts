import { gzipSync } from 'node:zlib';
import { tableFromArrays, tableToIPC } from '@uwdata/flechette';
import { describe, expect, test } from 'vitest';
import type { ByteRange } from '../../../src/core/byte-range.ts';
import type { Chunk, ReadPosition } from '../../../src/core/chunk.ts';
import type { InputFormat } from '../../../src/core/input-format.ts';
import { IdIndex } from '../../../src/source/id-index.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { readRetried } from '../../../src/source/read-retried.ts';
import { sha256Hex } from '../../../src/util/sha256.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { optionsFor, rangeOf, summary } from './read-source.ts';

const never = new AbortController().signal;
const LIMITS = { maxRows: 4 };

async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

function options(format: InputFormat, more: Partial<ReadOptions> = {}): ReadOptions {
  return optionsFor(format, { idColumn: 'id', keep: ['id', 'n'], limits: LIMITS, ...more });
}

/** Files as a job read them: its chunks as it keeps them, and the rows that it refused then or later. */
async function job(files: readonly ByteRange[], read: ReadOptions, refusedLater: readonly number[] = []) {
  const chunks = await collect(readDataset(files, { ...read, ids: new IdIndex() }, null, never));
  const texts = new Map<number, string>();
  for (const chunk of chunks) {
    const { rows, columns } = decodeReadColumns(chunk.read);
    for (const [place, row] of rows.entries()) texts.set(row, columns['text']![place]!);
  }
  const before = await Promise.all(
    chunks.map(async (chunk) => ({ ...chunk, readSha256: await sha256Hex(new Uint8Array(chunk.read)) })),
  );
  const refused = chunks.flatMap(({ rejects }) => rejects.map(({ row }) => row));
  return {
    before,
    rows: Uint32Array.from([...refused, ...refusedLater].sort((a, b) => a - b)),
    textsBefore: async (row: number) => (refusedLater.includes(row) ? { text: texts.get(row)! } : null),
  };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function retry(
  now: readonly ByteRange[],
  read: ReadOptions,
  { before, ...rest }: Awaited<ReturnType<typeof job>>,
  from: ReadPosition | null = null,
): Promise<Chunk[]> {
  const wanted = { ...rest, before: each(before), fileCount: now.length };
  return collect(readRetried(now, read, wanted, from, never));
}

type Row = { readonly id: number; readonly n: number | string; readonly text?: string };

function rowsOf(change: Readonly<Record<number, Partial<Row> | string>> = {}, count = 11): (Row | string)[] {
  return Array.from({ length: count }, (_, id) => {
    const changed = change[id] ?? {};
    return typeof changed === 'string' ? changed : { id, n: id * 2, text: `text ${id}`, ...changed };
  });
}

const write = {
  jsonl: (rows: readonly (Row | string)[]) =>
    rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''),
  csv: (rows: readonly (Row | string)[]) =>
    `id,n,text\n${rows.map((row) => `${typeof row === 'string' ? row : `${row.id},${row.n},${row.text ?? ''}`}\n`).join('')}`,
};

describe.each(['jsonl', 'csv'] as const)('readRetried of %s', (format) => {
  const range = (rows: readonly (Row | string)[], name = `a.${format}`) => rangeOf(write[format](rows), name);
  const broken = rowsOf({ 1: 'broken "', 6: { text: '' }, 10: { text: ' ' } });

  test('gives the rows in quarantine as they are now, and no others', async () => {
    const read = options(format);
    const before = await job([range(broken)], read, [4]);
    expect([...before.rows]).toEqual([1, 4, 6, 10]);
    const now = rowsOf({
      1: { text: 'mended, and longer than it was'.replace(',', '') },
      4: { text: 'x' },
      10: { text: '' },
    });
    const chunks = await retry([range(now)], read, before);
    const { rows, rejects } = summary(chunks);
    expect(rows.map(({ row, text }) => [row, text])).toEqual([
      [1, 'mended and longer than it was'],
      [4, 'x'],
      [6, 'text 6'],
    ]);
    expect(rejects).toMatchObject([{ row: 10, code: 'ROW_EMPTY' }]);
    expect(chunks[0]!.start.byte).toBe(0);
    expect(chunks.at(-1)!.end.byte).toBe(range(now).byteLength);
  });

  test('goes on from the end of any of its chunks', async () => {
    const read = options(format, { limits: { ...LIMITS, maxRows: 1 } });
    const before = await job([range(broken)], read);
    const chunks = await retry([range(rowsOf())], read, before);
    expect(chunks.length).toBeGreaterThan(2);
    for (const [index, { end }] of chunks.entries())
      expect(await retry([range(rowsOf())], read, before, end)).toStrictEqual(chunks.slice(index + 1));
  });

  test.each<[string, (Row | string)[], string]>([
    ['another text', rowsOf({ 5: { text: 'other' } }), 'the text of rows 4 to 7'],
    ['another kept value', rowsOf({ 5: { n: 7 } }), 'row 5, its column "n"'],
    ['another id', rowsOf({ 5: { id: 55 } }), 'row 5, its id'],
    ['a row that is broken now', rowsOf({ 5: 'broken "' }), 'row 5, it cannot be read any more'],
    [
      'a row fewer',
      rowsOf({}, 12)
        .filter((_, row) => row !== 1)
        .slice(0, 10),
      'row 2',
    ],
    ['rows fewer at the end', rowsOf({}, 9), 'fewer rows'],
    ['a row more', rowsOf({}, 12), 'more rows'],
  ])('refuses %s', async (_name, now, message) => {
    const read = options(format);
    const before = await job([range(broken)], read);
    await expect(retry([range(now)], read, before)).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      message: expect.stringContaining(message) as string,
    });
  });

  test('reads several files, one of them compressed', async () => {
    const read = options(format);
    const files = (rows: readonly (Row | string)[], other: readonly (Row | string)[]) => [
      range(rows),
      rangeOf(gzipSync(write[format](other)), `b.${format}.gz`),
    ];
    const other = rowsOf().map((row) => (typeof row === 'string' ? row : { ...row, id: row.id + 100 }));
    const bad = other.map((row, index) => (index === 3 ? 'broken "' : row));
    const before = await job(files(broken, bad), read);
    const chunks = await retry(files(rowsOf(), other), read, before);
    expect(summary(chunks).rows.map(({ row }) => row)).toEqual([1, 6, 10, 14]);
    expect(new Set(chunks.map(({ start }) => start.file ?? 0))).toEqual(new Set([0, 1]));
    await expect(retry([range(rowsOf())], read, before)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });
});

/** Every character as the byte that Latin-1 has for it. */
const latin1 = (text: string, name: string) => rangeOf(Buffer.from(text, 'latin1'), name);

describe('a mended file that looks as if it were in another encoding, or divided otherwise', () => {
  const read = options('csv', { keep: ['id'], read: [{ role: 'text', column: 'text', type: 'text' }] });
  const text = (mended: boolean) =>
    `id;text\n0;caf\u00e9\n1;${mended ? 'creme brulee' : '"cr\u00e8me br\u00fbl\u00e9e'}\n`;

  test('is read in the encoding of the job, whose letters the mended row has lost', async () => {
    const before = await job([latin1(text(false), 'a.csv')], read);
    expect(before.before[0]!.facts).toEqual({ encoding: 'windows-1252', delimiter: ';', header: true });
    expect([...before.rows]).toEqual([1]);
    const { rows } = summary(await retry([latin1(text(true), 'a.csv')], read, before));
    expect(rows).toMatchObject([{ row: 1, text: 'creme brulee' }]);
  });

  test('is read as it is where it was saved in another way, and says so when it does not fit', async () => {
    const before = await job([latin1(text(false), 'a.csv')], read);
    const saved = (content: string) => rangeOf(content.replaceAll(';', ','), 'a.csv');
    const { rows } = summary(await retry([saved(text(true))], read, before));
    expect(rows).toMatchObject([{ row: 1, text: 'creme brulee' }]);
    await expect(
      retry([saved(text(true).replace('caf\u00e9', 'th\u00e9'))], read, before),
    ).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      message: expect.stringContaining(
        'It is read as CSV, divided by commas, UTF-8 now, and was read as CSV, divided by semicolons, Windows-1252 (Latin-1).',
      ) as string,
      hint: expect.stringContaining('Save the mended file as it was') as string,
    });
  });

  test('is divided as it was, though commas do as well now', async () => {
    const columns = {
      read: [{ role: 'text', column: 'text, or none', type: 'text' }],
      keep: ['id'],
    } as const;
    const lines = (mended: boolean) =>
      Array.from({ length: 20 }, (_, row) => `${row};${row < 4 && !mended ? '' : `yes, ${row}`}\n`).join('');
    const file = (mended: boolean) => rangeOf(`id;text, or none\n${lines(mended)}`, 'a.csv');
    const before = await job([file(false)], options('csv', columns));
    expect([...before.rows]).toEqual([0, 1, 2, 3]);
    const { rows } = summary(await retry([file(true)], options('csv', columns), before));
    expect(rows.map(({ text: now }) => now)).toEqual(['yes, 0', 'yes, 1', 'yes, 2', 'yes, 3']);
  });
});

test('reads a columnar file that was written anew', async () => {
  const file = (texts: readonly (string | null)[]) => {
    const n = texts.map((_, row) => row * 2);
    const ids = texts.map((_, row) => `r${row}`);
    const bytes = tableToIPC(tableFromArrays({ id: ids, n, text: [...texts] }), { format: 'file' });
    return rangeOf(bytes as Uint8Array<ArrayBuffer>, 'a.arrow');
  };
  const texts = rowsOf().map((_, row) => `text ${row}`);
  const read = options('arrow');
  const before = await job([file(texts.map((text, row) => (row === 5 ? null : text)))], read);
  expect([...before.rows]).toEqual([5]);
  const { rows } = summary(await retry([file(texts)], read, before));
  expect(rows).toMatchObject([{ row: 5, id: 'r5', text: 'text 5' }]);
  const other = texts.map((text, row) => (row === 6 ? 'other' : text));
  await expect(retry([file(other)], read, before)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
});

test('an id that any other row has sends the row to quarantine again', async () => {
  const read = options('jsonl');
  const before = await job([rangeOf(write.jsonl(rowsOf({ 2: 'broken' })))], read);
  const ids = new IdIndex(true);
  for (const row of [0, 1, 3, 4, 5, 6, 7, 8, 9, 10]) ids.add([String(row)], [row]);
  const now = [rangeOf(write.jsonl(rowsOf({ 2: { id: 9 } })))];
  const { rejects } = summary(await retry(now, { ...read, ids }, before));
  expect(rejects).toMatchObject([
    { row: 2, code: 'ROW_DUPLICATE_ID', message: expect.stringContaining('by row 9') as string },
  ]);
});
