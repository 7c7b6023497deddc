import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../src/core/byte-range.ts';
import { readChunks } from '../../../src/source/read-chunks.ts';
import { sha256Hex } from '../../../src/util/sha256.ts';
import { optionsFor, rangeOf, readAll, summary } from './read-source.ts';

const signal = new AbortController().signal;

/** A source that is made as it is read: nothing of its size is ever in memory. */
function made(byteLength: number, make: (start: number, end: number) => Uint8Array<ArrayBuffer>) {
  const range = {
    name: 'made.jsonl',
    byteLength,
    largest: 0,
    asked: 0,
    async slice(start: number, end: number, stop?: AbortSignal) {
      stop?.throwIfAborted();
      const to = Math.min(end, byteLength);
      range.largest = Math.max(range.largest, to - start);
      range.asked = Math.max(range.asked, to);
      return make(start, to);
    },
  };
  return range satisfies ByteRange;
}

describe('readChunks', () => {
  it('passes over a record larger than memory may hold, and still hashes it', async () => {
    const size = 90 * 1024 * 1024;
    const before = new TextEncoder().encode('{"text":"before"}\n');
    const after = new TextEncoder().encode('\n{"text":"after"}\n');
    const range = made(size, (start, end) => {
      const bytes = new Uint8Array(end - start).fill(0x78);
      for (let at = start; at < before.length; at++) bytes[at - start] = before[at]!;
      for (let at = Math.max(start, size - after.length); at < end; at++)
        bytes[at - start] = after[at - size + after.length]!;
      return bytes;
    });
    const chunks = await readAll(range, optionsFor('jsonl'));
    const { rows, rejects } = summary(chunks);
    expect(rows.map((row) => row.text)).toEqual(['before', 'after']);
    expect(rejects).toMatchObject([{ row: 1, code: 'ROW_TOO_LARGE' }]);
    expect(chunks.map(({ start, end }) => [start.row, start.line, end.row])).toEqual([
      [0, 1, 1],
      [1, 2, 2],
      [2, 3, 3],
    ]);
    expect(range.largest).toBeLessThanOrEqual(4 * 1024 * 1024);
    const giant = new Uint8Array(size - before.length - after.length + 1).fill(0x78);
    giant[giant.length - 1] = 10;
    expect(chunks[1]!.sourceSha256).toBe(await sha256Hex(giant));
  }, 60_000);

  it.each([1, 7, 64, 1 << 20])(
    'takes text as it is in the file, however it is written (blocks of %i)',
    async (blockBytes) => {
      const texts = [
        'plain',
        'with, comma',
        'a "word"',
        '"',
        'é, "日本" 😀',
        'two\nlines',
        'x'.repeat(100),
        '\ufeffmark',
      ];
      const limits = { blockBytes };
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const csv = `id,text\r\n${texts.map((text, i) => `${i},${quoted(text)}\r\n`).join('')}9,bare é\n10,bare`;
      const fromCsv = summary(
        await readAll(csv, optionsFor('csv', { idColumn: 'id', keep: ['id'], limits })),
      );
      expect(fromCsv.rows.map((row) => row.text)).toEqual([...texts, 'bare é', 'bare']);

      const latin = Uint8Array.from('text\n"caf\xe9"\nna\xefve\nplain\n', (char) => char.charCodeAt(0));
      const parse = { encoding: 'windows-1252' } as const;
      const fromLatin = summary(await readAll(latin, optionsFor('csv', { parse, limits })));
      expect(fromLatin.rows.map((row) => row.text)).toEqual(['café', 'naïve', 'plain']);

      const lines = ['one', 'é two', ' three\r', '日本'];
      const fromText = summary(await readAll(`${lines.join('\r\n')}\nlast`, optionsFor('text', { limits })));
      expect(fromText.rows.map((row) => row.text)).toEqual([...lines, 'last']);
    },
  );

  it('reads little more than what was asked of it', async () => {
    const line = '{"text":"some words in a row"}\n';
    const range = made(1e12, (start, end) =>
      Uint8Array.from({ length: end - start }, (_, i) => line.charCodeAt((start + i) % line.length)),
    );
    const chunks = readChunks(range, optionsFor('jsonl', { limits: { blockBytes: 10_000 } }), null, signal);
    await chunks.next();
    await chunks.next();
    await chunks.return();
    expect(range.asked).toBeLessThan(2 * 1024 * line.length + 30_000);
  });

  it('fills a chunk to exactly its limits', async () => {
    const line = '{"text":"a"}\n';
    const ends = async (maxRows: number, maxBytes: number) => {
      const chunks = await readAll(line.repeat(6), optionsFor('jsonl', { limits: { maxRows, maxBytes } }));
      return chunks.map(({ end }) => end.row);
    };
    expect(await ends(2, 1000)).toEqual([2, 4, 6]);
    expect(await ends(100, 3 * line.length)).toEqual([3, 6]);
    expect(await ends(100, 3 * line.length - 1)).toEqual([2, 4, 6]);
    expect(await ends(100, 1)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('stops reading ahead when its consumer leaves', async () => {
    const range = rangeOf('{"text":"a"}\n'.repeat(100));
    const signals: (AbortSignal | undefined)[] = [];
    const watched: ByteRange = {
      ...range,
      slice: (start, end, stop) => (signals.push(stop), range.slice(start, end, stop)),
    };
    for await (const _ of readChunks(
      watched,
      optionsFor('jsonl', { limits: { maxRows: 1, blockBytes: 100 } }),
      null,
      signal,
    ))
      break;
    expect(signals.length).toBeGreaterThan(1);
    expect(signals.every((stop) => stop?.aborted)).toBe(true);
  });

  it('stops on abort, between chunks and while it waits for the source', async () => {
    const controller = new AbortController();
    const range = rangeOf('{"text":"a"}\n{"text":"b"}\n');
    const chunks = readChunks(
      range,
      optionsFor('jsonl', { limits: { maxRows: 1 } }),
      null,
      controller.signal,
    );
    await chunks.next();
    controller.abort();
    await expect(chunks.next()).rejects.toMatchObject({ name: 'AbortError' });

    const waiting = new AbortController();
    const stuck: ByteRange = {
      ...range,
      slice: (_start, _end, stop) =>
        new Promise((_, reject) => stop?.addEventListener('abort', () => reject(stop.reason as Error))),
    };
    const next = readChunks(stuck, optionsFor('jsonl'), null, waiting.signal).next();
    waiting.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('throws what the source throws, once everything before it was given', async () => {
    const range = rangeOf('{"text":"a"}\n'.repeat(100));
    const failing: ByteRange = {
      ...range,
      slice: async (start, end) => {
        if (start >= 650) throw new Error('disk gone');
        return range.slice(start, end);
      },
    };
    const seen: number[] = [];
    const read = async () => {
      const options = optionsFor('jsonl', { limits: { maxRows: 10, blockBytes: 50 } });
      for await (const { end } of readChunks(failing, options, null, signal)) seen.push(end.row);
    };
    await expect(read()).rejects.toThrow('disk gone');
    expect(seen).toEqual([10, 20, 30, 40]);
  });

  it.each(['', '\n', '{"body":"b"}\n'])('takes a position at byte 0 for the start: %j', async (file) => {
    const code = file === '{"body":"b"}\n' ? 'COLUMN_MISSING' : 'INPUT_EMPTY';
    const start = { chunk: 0, row: 0, byte: 0, line: 1 };
    await expect(readAll(file, optionsFor('jsonl'), start)).rejects.toMatchObject({ code });
  });

  it('does not take a source that became shorter for one that is read to its end', async () => {
    const place = { chunk: 1, row: 1, byte: 14, line: 2 };
    await expect(readAll('{"text":"a"}\n', optionsFor('jsonl'), place)).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
    });
  });

  it('checks the first chunk only when it reads from the start', async () => {
    const file = '{"text":"a"}\n{"body":"b"}\n';
    const [first, second] = await readAll(file, optionsFor('jsonl', { limits: { maxRows: 1 } }));
    expect(second!.rejects).toMatchObject([
      { row: 1, code: 'ROW_COLUMN_MISSING', message: 'line 2 has no column "text"' },
    ]);
    expect(await readAll(file, optionsFor('jsonl'), first!.end)).toEqual([second]);
  });

  it('reads no column under another name when several roles and outputs share it', async () => {
    const options = optionsFor('csv', {
      read: [
        { role: 'query', column: 'text', type: 'text' },
        { role: 'text', column: 'id', type: 'text' },
      ],
      idColumn: 'id',
      keep: ['id', 'text'],
    });
    const { rows } = summary(await readAll('id,x,text\n1,no,words\n', options));
    expect(rows).toEqual([{ row: 0, id: '1', text: '1', kept: { id: '"1"', text: '"words"' } }]);
  });
});
