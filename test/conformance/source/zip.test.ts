import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import { findInput } from '../../../src/runner/input/find-input.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import type { ReadOptions } from '../../../src/source/read-options.ts';
import { optionsFor, rangeOf, summary } from '../../node/source/read-source.ts';

const signal = new AbortController().signal;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `{"text":"text of row ${from + i}"}\n`).join('');
const FILES = {
  'data/b.jsonl': lines(30, 60),
  'data/a.jsonl': lines(0, 30),
  README: 'no data',
  '.x.jsonl': '{}',
};

async function read(bytes: Uint8Array, options: ReadOptions, from: Chunk['start'] | null = null) {
  const chunks: Chunk[] = [];
  for await (const chunk of readDataset([rangeOf(bytes, 'all.zip')], options, from, signal))
    chunks.push(chunk);
  return chunks;
}
const zipped = (files: Readonly<Record<string, string>>, level: 0 | 9) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])), { level });

describe('a ZIP archive', () => {
  const options = () => optionsFor('jsonl', { keep: ['text'], limits: { maxRows: 7, blockBytes: 50 } });

  it.each([0, 9] as const)(
    'is read as the files in it, in the order of their names (level %i)',
    async (level) => {
      const archive = zipped(FILES, level);
      const chunks = await read(archive, options());
      expect(summary(chunks).rows.map(({ text }) => text)).toEqual(
        Array.from({ length: 60 }, (_, row) => `text of row ${row}`),
      );
      for (const [index, chunk] of chunks.entries())
        expect(await read(archive, options(), chunk.end)).toStrictEqual(chunks.slice(index + 1));
    },
  );

  it('with a zip64 directory is read', async () => {
    expect(summary(await read(withLargeDirectory(zipped(FILES, 9)), options())).rows.length).toBe(60);
  });

  it('of text files gives a row each', async () => {
    const archive = zipped({ 'one.txt': 'first', 'sub/two.txt': 'second', 'image.png': 'x' }, 9);
    const { rows } = summary(
      await read(archive, optionsFor('textfiles', { idColumn: 'path', keep: ['path'] })),
    );
    expect(rows.map(({ id, text }) => [id, text])).toEqual([
      ['all.zip/one.txt', 'first'],
      ['all.zip/sub/two.txt', 'second'],
    ]);
  });

  it('made by another program is read, with its format told by the names in it', async () => {
    // By Python's zipfile to a pipe: sizes stand behind the data.
    const path = fileURLToPath(new URL('../../fixtures/compressed/streamed.zip', import.meta.url));
    expect(await findInput({ path })).toMatchObject({ format: 'jsonl' });
    expect(summary(await read(readFileSync(path), options())).rows.length).toBe(60);
  });

  it.each([
    ['cut short', (bytes: Uint8Array) => bytes.slice(0, -30), /no directory at its end/],
    [
      'with a byte changed',
      (bytes: Uint8Array) => bytes.map((byte, i) => (i === 60 ? byte ^ 0x55 : byte)),
      /all\.zip\/data\/\w\.jsonl is (damaged|cut short)/,
    ],
    ['that says a wrong size', wrongSize, /is damaged.*more than the 100 bytes that were said/],
  ])('%s is told', async (_, change, message) => {
    await expect(read(change(zipped(FILES, 9)), options())).rejects.toMatchObject({
      code: 'INPUT_FORMAT',
      message: expect.stringMatching(message) as string,
    });
  });

  it('without a dataset in it is told, and pictures are none to a format of texts', async () => {
    await expect(read(zipped({ 'cat.jpg': 'x' }, 0), options())).rejects.toMatchObject({
      code: 'INPUT_FORMAT',
      message: 'all.zip has no file in it of a format that is read (1 files in all).',
      hint: expect.stringContaining('pictures are read as they are') as string,
    });
  });
});

/** Every size in the directory is 100. */
function wrongSize(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; at++)
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 100, true);
  return bytes;
}

/** The same archive with its directory told by a zip64 record, as of more than 65,535 files. */
function withLargeDirectory(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 22;
  const before = new DataView(bytes.buffer, bytes.byteOffset + end, 22);
  const out = new Uint8Array(end + 56 + 20 + 22);
  out.set(bytes.subarray(0, end));
  const view = new DataView(out.buffer, end);
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(32, BigInt(before.getUint16(10, true)), true);
  view.setBigUint64(40, BigInt(before.getUint32(12, true)), true);
  view.setBigUint64(48, BigInt(before.getUint32(16, true)), true);
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(end), true);
  out.set(bytes.subarray(end), end + 76);
  new DataView(out.buffer, end + 76).setUint16(10, 0xffff, true);
  new DataView(out.buffer, end + 76).setUint32(16, 0xffffffff, true);
  return out;
}
