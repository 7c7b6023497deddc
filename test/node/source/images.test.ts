import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { Chunk, ReadPosition } from '../../../src/core/chunk.ts';
import { inspectSource } from '../../../src/source/inspect-source.ts';
import { previewSource } from '../../../src/source/preview-source.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import { readLimits, type ReadOptions } from '../../../src/source/read-options.ts';
import { verifyDataset } from '../../../src/source/verify-source.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { rangeOf } from './read-source.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/images/', import.meta.url));
const NAMES = readdirSync(FOLDER).filter((name) => /\.(?:png|jpg|webp|gif|bmp|avif|tif)$/.test(name));
const FILES = NAMES.toSorted().map((name) => ({ name, bytes: new Uint8Array(readFileSync(FOLDER + name)) }));
const BAD = new Set(['bomb.png', 'scan.tif', 'text.jpg']);
const ranges = () => FILES.map(({ name, bytes }) => rangeOf(bytes, name));
const signal = new AbortController().signal;

function options(change: Partial<ReadOptions> = {}): ReadOptions {
  return {
    format: 'images',
    read: [
      { role: 'image', column: 'image', type: 'image' },
      { role: 'name', column: 'path', type: 'text' },
    ],
    idColumn: 'path',
    keep: ['path', 'bytes', 'format', 'width', 'height'],
    ...change,
  };
}

async function read(files = ranges(), change: Partial<ReadOptions> = {}, from: ReadPosition | null = null) {
  const chunks: Chunk[] = [];
  for await (const chunk of readDataset(files, options(change), from, signal)) chunks.push(chunk);
  return chunks;
}

function rowsOf(chunks: readonly Chunk[]) {
  return chunks.flatMap((chunk) => {
    const { ids, columns: kept } = decodeKept(chunk.kept);
    const { rows, columns, images } = decodeReadColumns(chunk.read);
    return ids.map((id, i) => ({
      row: rows[i],
      id,
      name: columns['name']![i],
      image: images!['image']![i]!,
      kept: ['bytes', 'format', 'width', 'height'].map((name) => JSON.parse(kept[name]![i]!) as unknown),
    }));
  });
}

describe('a folder of pictures', () => {
  it('has a row a file, with its bytes, its path and what its header says', async () => {
    const chunks = await read();
    const rows = rowsOf(chunks);
    const good = FILES.flatMap((file, row) => (BAD.has(file.name) ? [] : [{ ...file, row }]));
    expect(rows.map(({ row, id, name }) => [row, id, name])).toEqual(
      good.map(({ name, row }) => [row, name, name]),
    );
    for (const [i, { bytes }] of good.entries()) expect([...rows[i]!.image]).toEqual([...bytes]);
    expect(rows.find(({ id }) => id === 'alpha-turned.webp')!.kept).toEqual([682, 'webp', 40, 30]);
    expect(chunks.flatMap(({ rejects }) => rejects)).toEqual([
      {
        row: FILES.findIndex(({ name }) => name === 'bomb.png'),
        id: null,
        code: 'ROW_TOO_LARGE',
        message: 'bomb.png says that it has 60,000 x 60,000 pixels, and a picture may have 89,478,485',
        attempts: 0,
        input: { text: '{"path":"bomb.png"}', cut: false },
      },
      expect.objectContaining({
        code: 'ROW_NOT_IMAGE',
        message: expect.stringMatching(/^scan\.tif is no picture that can be read: it is a TIFF/) as string,
      }),
      expect.objectContaining({
        code: 'ROW_NOT_IMAGE',
        message: expect.stringMatching(
          /^text\.jpg is no picture that can be read: it begins with 3c/,
        ) as string,
      }),
    ]);
  });

  it('is the same in chunks of any size, and wherever reading goes on, and is compared with what it was', async () => {
    const limits = { maxRows: 4, maxBytes: 3000, blockBytes: 1000 };
    const chunks = await read(ranges(), { limits });
    expect(chunks.length).toBeGreaterThan(4);
    for (const { start, end } of chunks)
      if (end.row - start.row > 1) expect(end.byte - start.byte).toBeLessThanOrEqual(3000);
    expect(rowsOf(chunks)).toEqual(rowsOf(await read()));
    const strip = (all: readonly Chunk[]) => all.map((chunk) => ({ ...chunk, bytesRead: 0 }));
    for (const [index, { end }] of chunks.entries())
      expect(strip(await read(ranges(), { limits }, end))).toEqual(strip(chunks.slice(index + 1)));
    const verify = (files = ranges()) => verifyDataset(files, options({ limits }), chunks, signal);
    await expect(verify()).resolves.toBeUndefined();
    const changed = FILES.map(({ name, bytes }, i) =>
      rangeOf(i === 9 ? bytes.with(bytes.length - 3, 1) : bytes, name),
    );
    await expect(verify(changed)).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  });

  it('refuses a file that is too large, and goes on', async () => {
    expect(readLimits({ format: 'images' }).maxRowBytes).toBe(64 * 1024 * 1024);
    const huge = rangeOf(new Uint8Array(20_000), 'huge.jpg');
    const chunks = await read([huge, ranges()[0]!], { limits: { maxRowBytes: 15_000 } });
    expect(chunks.flatMap(({ rejects }) => rejects)).toMatchObject([
      { code: 'ROW_TOO_LARGE', message: 'huge.jpg has 19.5 KiB, and a row may have 14.6 KiB' },
    ]);
    expect(rowsOf(chunks)).toHaveLength(1);
  });

  it('does not keep the pictures themselves beside the results', async () => {
    await expect(read(ranges(), { keep: ['image'] })).rejects.toMatchObject({ code: 'SPEC_INVALID' });
  });

  it('is shown and inspected without its pixels', async () => {
    const preview = await previewSource(ranges(), { format: 'images', parse: {}, rows: 4 }, signal);
    expect(preview.columns).toEqual(['path', 'bytes', 'format', 'width', 'height']);
    expect(preview.rows[0]).toEqual(['alpha-mirrored.png', '805', 'png', '40', '30']);
    const request = { format: 'images', parse: {}, textColumn: null, idColumn: 'path' } as const;
    const { inspection, texts } = await inspectSource(ranges(), request, signal);
    expect(texts).toEqual([]);
    expect(inspection).toMatchObject({ totalRows: FILES.length, totalExact: true, textColumn: null });
    expect(inspection.images).toMatchObject({
      width: { least: 40, median: 40, most: 40 },
      height: { least: 30, median: 30, most: 30 },
    });
    expect(inspection.images!.kinds[0]).toEqual({ name: 'jpeg', rows: 5 });
    expect(inspection.problems.map(({ code, rows }) => [code, rows])).toEqual([
      ['ROW_NOT_IMAGE', 2],
      ['ROW_TOO_LARGE', 1],
    ]);
  });
});

describe('an archive of pictures', () => {
  const members = Object.fromEntries(FILES.map(({ name, bytes }) => [`shots/${name}`, bytes]));
  const others = {
    'list.csv': new Uint8Array(5),
    '__MACOSX/a.png': new Uint8Array(5),
    'notes.txt': new Uint8Array(3),
  };

  it('has the same rows as the folder; what is not named as a picture is passed over', async () => {
    const archive = zipSync({ ...members, ...others });
    const rows = rowsOf(await read([rangeOf(archive, 'all.zip')]));
    const plain = rowsOf(await read());
    expect(rows.map(({ id }) => id)).toEqual(plain.map(({ id }) => `all.zip/shots/${id}`));
    expect(rows.map(({ image }) => [...image])).toEqual(plain.map(({ image }) => [...image]));
  });

  it('with a damaged member has all others', async () => {
    const archive = zipSync(members);
    const at = Buffer.from(archive).indexOf('shots/grey.jpg') + 'shots/grey.jpg'.length + 300;
    archive[at] = archive[at]! ^ 0xff;
    const files = [rangeOf(archive, 'all.zip')];
    const chunks = await read(files);
    expect(
      chunks.flatMap(({ rejects }) => rejects).map(({ code, message }) => [code, message]),
    ).toContainEqual([
      'ROW_BAD_IMAGE',
      expect.stringMatching(/all\.zip\/shots\/grey\.jpg is (?:damaged|cut short)/) as string,
    ]);
    expect(rowsOf(chunks)).toHaveLength(FILES.length - BAD.size - 1);
    await expect(verifyDataset(files, options(), chunks, signal)).resolves.toBeUndefined();
  });
});
