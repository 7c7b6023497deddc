import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import { datasetIdentity } from '../../../src/source/dataset-identity.ts';
import { IdIndex } from '../../../src/source/id-index.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { verifyDataset } from '../../../src/source/verify-source.ts';
import { optionsFor, rangeOf, summary } from './read-source.ts';

const signal = new AbortController().signal;

function files(contents: Readonly<Record<string, string>>) {
  return Object.entries(contents).map(([name, content]) => rangeOf(content, name));
}

async function readFiles(
  contents: Readonly<Record<string, string>>,
  options: ReadOptions,
  from: Chunk['start'] | null = null,
): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of readDataset(files(contents), options, from, signal)) chunks.push(chunk);
  return chunks;
}

const line = (row: number) => `{"id":"r${row}","text":"text of row ${row}"}\n`;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join('');
const THREE = {
  'a.jsonl': lines(0, 7),
  'b.jsonl': lines(7, 8),
  'c/d.jsonl': `${lines(8, 11)}no json\n${line(12)}`,
};
const options = () =>
  optionsFor('jsonl', { idColumn: 'id', keep: ['id'], limits: { maxRows: 3 }, ids: new IdIndex() });

describe('several files', () => {
  it('give the rows of one file with all their lines, numbered through', async () => {
    const one = summary(await readFiles({ 'all.jsonl': Object.values(THREE).join('') }, options()));
    const several = summary(await readFiles(THREE, options()));
    expect(several.rows).toEqual(one.rows);
    expect(several.rows.map(({ row }) => row)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]);
  });

  it('name the file of a bad row', async () => {
    expect(summary(await readFiles(THREE, options())).rejects).toMatchObject([
      { row: 11, message: expect.stringMatching(/^c\/d\.jsonl: line 4 is not JSON/) as string },
    ]);
  });

  it('go on at the end of any chunk, and read any chunk again, as if read in one', async () => {
    const chunks = await readFiles(THREE, options());
    expect(chunks.map(({ ordinal, start }) => [ordinal, start.file ?? 0, start.row])).toEqual([
      [0, 0, 0],
      [1, 0, 3],
      [2, 0, 6],
      [3, 1, 7],
      [4, 2, 8],
      [5, 2, 11],
    ]);
    for (const [index, chunk] of chunks.entries()) {
      const resumed = await readFiles(THREE, { ...options(), ids: new IdIndex() }, chunk.end);
      expect(resumed).toStrictEqual(chunks.slice(index + 1));
      expect((await readFiles(THREE, options(), chunk.start))[0]).toStrictEqual(chunk);
    }
  });

  it('tell how many bytes of all are read', async () => {
    const total = Object.values(THREE).join('').length;
    expect((await readFiles(THREE, options())).at(-1)!.bytesRead).toBe(total);
  });

  it('find an id of one file again in another', async () => {
    const twice = { 'a.jsonl': line(1), 'b.jsonl': line(1) };
    expect(summary(await readFiles(twice, options())).rejects).toMatchObject([
      { row: 1, code: 'ROW_DUPLICATE_ID', message: 'b.jsonl: id "r1" (line 1) was already used by row 0' },
    ]);
  });

  it('may be empty as long as one is not', async () => {
    const rows = await readFiles({ 'a.jsonl': '', 'b.jsonl': line(0), 'c.jsonl': '\n' }, options());
    expect(summary(rows).rows.map(({ row }) => row)).toEqual([0]);
    await expect(readFiles({ 'a.jsonl': '', 'b.jsonl': '\n' }, options())).rejects.toMatchObject({
      code: 'INPUT_EMPTY',
      message: 'None of the 2 files of the input has a row.',
    });
  });

  it('are all looked at for columns before the first row is read', async () => {
    const csv = { 'a.csv': `text\n${'x\n'.repeat(10)}`, 'b.csv': 'body\nx\n' };
    const chunks = readDataset(files(csv), optionsFor('csv'), null, signal);
    await expect(chunks.next()).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: 'b.csv has no column "text"; columns found: body.',
    });
  });

  it('have their columns by name, in whatever order', async () => {
    const csv = { 'a.csv': 'id,text\n1,one\n', 'b.csv': 'text;id\ntwo;2\n' };
    const read = optionsFor('csv', { keep: ['id'] });
    expect(summary(await readFiles(csv, read)).rows.map(({ text, kept }) => [text, kept['id']])).toEqual([
      ['one', '"1"'],
      ['two', '"2"'],
    ]);
  });

  it('are told apart by any byte at their ends, by their names and by their number', async () => {
    const identity = async (contents: Readonly<Record<string, string>>) =>
      JSON.stringify(await datasetIdentity(files(contents)));
    const all = await Promise.all([
      identity({ a: 'one', b: 'two' }),
      identity({ a: 'one', b: 'twx' }),
      identity({ a: 'onet', b: 'wo' }),
      identity({ a: 'one', c: 'two' }),
      identity({ a: 'onetwo' }),
    ]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('are compared with what was read, file by file', async () => {
    const chunks = await readFiles(THREE, options());
    const verify = (contents: Readonly<Record<string, string>>) =>
      verifyDataset(files(contents), options(), chunks, signal);
    await expect(verify(THREE)).resolves.toBeUndefined();
    await expect(verify({ ...THREE, 'b.jsonl': lines(6, 7) })).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      message: expect.stringContaining('b.jsonl has changed since this job read it: rows 7 to 7') as string,
    });
    await expect(verify({ 'a.jsonl': THREE['a.jsonl'] })).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });
});

describe('text files', () => {
  const folder = {
    'empty.txt': '',
    'latin.txt': 'caf\u00e9',
    'notes/one.md': '\ufeffline one\r\nline two\n',
    'too-long.txt': 'x'.repeat(100),
    'zero.txt': '',
  };
  const read = (limits: ReadOptions['limits']) =>
    optionsFor('textfiles', { idColumn: 'path', keep: ['path'], limits: { maxRowBytes: 60, ...limits } });

  it('are a row each, with their path', async () => {
    const { rows, rejects } = summary(await readFiles(folder, read({})));
    expect(rows.map(({ row, id, text }) => [row, id, text])).toEqual([
      [1, 'latin.txt', 'caf\u00e9'],
      [2, 'notes/one.md', 'line one\r\nline two\n'],
    ]);
    expect(rejects.map(({ row, code, message }) => [row, code, message])).toEqual([
      [0, 'ROW_EMPTY', 'empty.txt has no text: column "text" is empty'],
      [3, 'ROW_TOO_LARGE', 'too-long.txt has 100 bytes, and a row may have 60 bytes'],
      [4, 'ROW_EMPTY', 'zero.txt has no text: column "text" is empty'],
    ]);
  });

  it('give the same chunks however they are read, and wherever reading goes on', async () => {
    const whole = await readFiles(folder, read({ maxRows: 2 }));
    expect(await readFiles(folder, read({ maxRows: 2, blockBytes: 1 }))).toStrictEqual(whole);
    for (const [index, chunk] of whole.entries()) {
      expect(await readFiles(folder, read({ maxRows: 2 }), chunk.end)).toStrictEqual(whole.slice(index + 1));
    }
    await expect(verifyDataset(files(folder), read({}), whole, signal)).resolves.toBeUndefined();
  });

  it('say which of them is no text', async () => {
    const bad = { 'a.txt': 'fine', 'b.txt': '\x1f\x8bgz' };
    const ranges = files(bad).map((range, i) =>
      i === 0 ? range : rangeOf(Uint8Array.of(0x1f, 0x8b, 8), 'b.txt'),
    );
    const chunks: Chunk[] = [];
    for await (const chunk of readDataset(ranges, read({}), null, signal)) chunks.push(chunk);
    expect(summary(chunks).rejects).toMatchObject([
      { row: 1, code: 'ROW_BAD_UTF8', message: 'b.txt is not text: it is compressed with gzip' },
    ]);
  });
});
