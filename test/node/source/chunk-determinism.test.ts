import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../src/core/chunk.ts';
import type { InputEncoding } from '../../../src/core/input-format.ts';
import { IdIndex } from '../../../src/source/id-index.ts';
import type { ReadLimits, ReadOptions } from '../../../src/source/read-options.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { sha256Hex } from '../../../src/util/sha256.ts';
import { optionsFor, rangeOf, readAll } from './read-source.ts';

type LineFormat = 'jsonl' | 'csv' | 'tsv' | 'text';

/** Pieces out of which files are put together, most of them broken in some way. */
const PIECES: Record<LineFormat, readonly string[]> = {
  jsonl: [
    '{"text":"one","id":1}',
    '{"text":"zwölf 🌾 ünder","id":"x"}',
    '{"id":"y"}',
    '{"text":"","id":2}',
    'no json',
    '[1]',
    '\n',
    '\n',
    '\r\n',
    '  ',
    '{',
    '}',
    '"',
    '\u2028',
    '{"text":"lone \\ud800"}',
    `{"text":"${'long '.repeat(12)}"}`,
    'x'.repeat(70),
    'é',
    '\ufeff',
  ],
  csv: [
    'a,1',
    'zwölf 🌾,2',
    ',',
    '"',
    '""',
    '"quoted, here"',
    '"two\nlines",3',
    '"say ""so""",4',
    '\n',
    '\n',
    '\n',
    '\r\n',
    'x',
    '"open',
    'é',
    `${'long '.repeat(12)},5`,
    '\r',
    '\n"',
    '" ',
    '",\n',
    '\ufeff',
  ],
  tsv: ['a\t1', '\t', '"x\ty"\t2', '\n', '\n', '\r\n', 'a,b', '"open', 'é', `${'long '.repeat(12)}\t5`],
  text: ['a line', 'zwölf 🌾', ' ', '\n', '\n', '\r\n', '\r', 'long '.repeat(12), 'x'.repeat(70), '\ufeff'],
};
const HEADER: Record<LineFormat, string> = { jsonl: '', csv: 'text,id\n', tsv: 'text\tid\n', text: '' };
// A first record that is good, so that a file of broken ones is no job error.
const GOOD: Record<LineFormat, string> = {
  jsonl: '{"text":"good","id":0}\n',
  csv: 'good,0\n',
  tsv: 'good\t0\n',
  text: 'good\n',
};

/** A text in another encoding; bytes that no text has are put in between by the pieces. */
function encoded(text: string, encoding: InputEncoding): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  if (encoding === 'windows-1252')
    return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
  const units = Uint8Array.from(
    { length: text.length * 2 },
    (_, i) => text.charCodeAt(i >> 1) >> (8 * (i % 2)),
  );
  return encoding === 'utf-16le' ? units : units.map((_, i) => units[i ^ 1]!);
}

const fileOf = (format: LineFormat, encoding: InputEncoding) =>
  fc
    .record({
      bom: fc.boolean(),
      pieces: fc.array(
        fc.oneof(
          {
            weight: 9,
            arbitrary: fc.constantFrom(...PIECES[format]).map((text) => encoded(text, encoding)),
          },
          {
            weight: 1,
            arbitrary: fc
              .constantFrom(
                ...(encoding.startsWith('utf-16')
                  ? [
                      [0, 0xd8],
                      [0xd8, 0],
                    ]
                  : [[0xff], [0xe2, 0x82], [0xf0, 0x9f]]),
              )
              .map((bytes) => Uint8Array.from(bytes)),
          },
        ),
        { maxLength: 60 },
      ),
    })
    .map(({ bom, pieces }) => {
      const mark = bom && encoding !== 'windows-1252' ? '\ufeff' : '';
      const start = encoded(`${mark}${HEADER[format]}${GOOD[format]}`, encoding);
      return Uint8Array.from([start, ...pieces].flatMap((piece) => [...piece]));
    });

const limits = fc.record({
  maxRows: fc.integer({ min: 1, max: 6 }),
  maxBytes: fc.integer({ min: 1, max: 200 }),
  // The good first record fits in, in two bytes a character too.
  maxRowBytes: fc.integer({ min: 50, max: 120 }),
});

function optionsOf(format: LineFormat, encoding: InputEncoding, limit: Partial<ReadLimits>): ReadOptions {
  const columns = format === 'text' ? { keep: ['text'] } : { idColumn: 'id', keep: ['id', 'text'] };
  return optionsFor(format, { ...columns, parse: { encoding }, limits: limit, ids: new IdIndex() });
}

/** Ids of the good rows of chunks, as a resume rebuilds them. */
function idsOf(chunks: readonly Chunk[]): IdIndex {
  const ids = new IdIndex();
  for (const { kept } of chunks) {
    const decoded = decodeKept(kept);
    ids.add(decoded.ids, decoded.rows);
  }
  return ids;
}

describe.each([
  { format: 'jsonl', encoding: 'utf-8', runs: 500 },
  { format: 'csv', encoding: 'utf-8', runs: 500 },
  { format: 'tsv', encoding: 'utf-8', runs: 30 },
  { format: 'text', encoding: 'utf-8', runs: 50 },
  { format: 'csv', encoding: 'utf-16le', runs: 100 },
  { format: 'jsonl', encoding: 'utf-16be', runs: 100 },
  { format: 'csv', encoding: 'windows-1252', runs: 30 },
] as const)('chunks of $format in $encoding', ({ format, encoding, runs }) => {
  it('do not depend on the size of blocks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fileOf(format, encoding),
        limits,
        fc.integer({ min: 1, max: 90 }),
        async (bytes, limit, blockBytes) => {
          const whole = await readAll(bytes, optionsOf(format, encoding, limit));
          expect(await readAll(bytes, optionsOf(format, encoding, { ...limit, blockBytes }))).toStrictEqual(
            whole,
          );
        },
      ),
      { numRuns: runs },
    );
  });

  it('are the same when reading goes on at the end of any of them', async () => {
    await fc.assert(
      fc.asyncProperty(fileOf(format, encoding), limits, async (bytes, limit) => {
        const chunks = await readAll(bytes, optionsOf(format, encoding, limit));
        for (let k = 0; k < chunks.length; k++) {
          const options = { ...optionsOf(format, encoding, limit), ids: idsOf(chunks.slice(0, k + 1)) };
          expect(await readAll(bytes, options, chunks[k]!.end)).toStrictEqual(chunks.slice(k + 1));
        }
      }),
      { numRuns: Math.ceil(runs * 0.3) },
    );
  });

  it('are the same when any of them is read again with all ids known', async () => {
    await fc.assert(
      fc.asyncProperty(fileOf(format, encoding), limits, async (bytes, limit) => {
        const chunks = await readAll(bytes, optionsOf(format, encoding, limit));
        const ids = idsOf(chunks);
        for (const chunk of chunks.slice(1)) {
          const again = await readAll(bytes, { ...optionsOf(format, encoding, limit), ids }, chunk.start);
          expect(again[0]).toStrictEqual(chunk);
        }
      }),
      { numRuns: Math.ceil(runs * 0.12) },
    );
  });

  it('cover the file without gaps, hold to their limits and tell each record once', async () => {
    await fc.assert(
      fc.asyncProperty(fileOf(format, encoding), limits, async (bytes, limit) => {
        const chunks = await readAll(bytes, optionsOf(format, encoding, limit));
        let place = { chunk: 0, row: 0, byte: 0, line: 1 };
        for (const { ordinal, start, end, rowCount, rejects, sourceSha256, kept } of chunks) {
          expect(start).toEqual(place);
          expect(ordinal).toBe(start.chunk);
          const records = end.row - start.row;
          expect(records).toBeGreaterThan(0);
          expect(records).toBeLessThanOrEqual(limit.maxRows);
          expect(rowCount + rejects.length).toBe(records);
          const rows = [...decodeKept(kept).rows, ...rejects.map(({ row }) => row)].sort((a, b) => a - b);
          expect(rows).toEqual(Array.from({ length: records }, (_, i) => start.row + i));
          expect(sourceSha256).toBe(await sha256Hex(bytes.slice(start.byte, end.byte)));
          const text = new TextDecoder(encoding).decode(bytes.slice(start.byte, end.byte));
          const lineFeeds = text.split('\n').length - 1;
          expect(end.line).toBe(start.line + lineFeeds);
          place = end;
        }
        expect(place.byte).toBe(bytes.length);
        expect(await readAll(rangeOf(bytes), optionsOf(format, encoding, limit), place)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });
});
