import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../src/core/byte-range.ts';
import { compressionOf } from '../../../src/source/compressed/compression.ts';
import { DecompressedRange } from '../../../src/source/compressed/decompressed-range.ts';
import { readDataset } from '../../../src/source/read-dataset.ts';
import { verifyDataset } from '../../../src/source/verify-source.ts';
import type { Chunk, ReadPosition } from '../../../src/core/chunk.ts';
import { optionsFor, rangeOf } from '../../node/source/read-source.ts';
import { skippableFrame, zstdRepeat, zstdStored } from '../../support/zstd-frames.ts';

const signal = new AbortController().signal;

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function unpacked(bytes: Uint8Array): Promise<ByteRange> {
  const range = rangeOf(bytes, 'rows.jsonl.gz');
  const compression = await compressionOf(range, signal);
  if (compression === null) throw new Error('expected it to be compressed');
  return new DecompressedRange(range, compression);
}

const members = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 4 });
const cuts = fc.array(fc.nat({ max: 15_000 }), { maxLength: 6 });

describe.each([
  ['gzip', (part: Uint8Array) => gzipSync(part)],
  ['Zstandard', (part: Uint8Array) => concat(skippableFrame(5), zstdStored(part))],
])('%s', (_, pack) => {
  it('of any number of members holds what they hold, whatever slices are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(members, cuts, async (parts, ends) => {
        const whole = concat(...parts);
        const range = await unpacked(concat(...parts.map(pack)));
        let at = 0;
        // Forward and back again.
        for (const end of [...ends, whole.length + 10]) {
          const [from, to] = end < at ? [end, end + 50] : [at, end];
          expect(Buffer.from(await range.slice(from, to)).equals(whole.subarray(from, to))).toBe(true);
          at = to;
        }
        expect(range.byteLength).toBe(whole.length);
      }),
      { numRuns: 150 },
    );
  });

  it('that is cut short anywhere is told, with what could be read', async () => {
    const text = new TextEncoder().encode('{"text":"some words"}\n'.repeat(50));
    const packed = pack(text);
    for (let length = 20; length < packed.length; length += 7) {
      const range = await unpacked(packed.slice(0, length));
      await expect(range.slice(0, 10_000)).rejects.toMatchObject({
        code: 'INPUT_FORMAT',
        message: expect.stringMatching(
          /^rows\.jsonl\.gz is (cut short|damaged).*were unpacked before\.$/,
        ) as string,
      });
    }
  });
});

it('tells a gzip whose bytes are not those that were packed', async () => {
  const packed = gzipSync('x'.repeat(10_000));
  const at = packed.length - 7;
  packed[at] = packed[at]! ^ 1;
  await expect((await unpacked(packed)).slice(0, 20_000)).rejects.toMatchObject({
    code: 'INPUT_FORMAT',
    message: expect.stringContaining('checksum mismatch') as string,
  });
});

it('stops at a bomb, holding little of it', async () => {
  // 4 bytes make 128 KiB each.
  const range = await unpacked(zstdRepeat(128 * 1024, 20_000));
  const before = process.memoryUsage().arrayBuffers;
  await expect(range.slice(0, 10)).rejects.toMatchObject({
    code: 'INPUT_FORMAT',
    message: expect.stringMatching(/unpacks to more than 1000 times its size/) as string,
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024);
});

it('does not begin with a window larger than the memory', async () => {
  const huge = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0, 0);
  await expect(unpacked(huge)).rejects.toMatchObject({
    code: 'INPUT_FORMAT',
    message: expect.stringContaining('needs a window of') as string,
  });
});

describe('a dataset of compressed files', () => {
  const lines = Array.from({ length: 60 }, (_, row) => `{"text":"text of row ${row}"}\n`);
  const plain = [lines.slice(0, 25).join(''), lines.slice(25).join('')];
  const packed = [gzipSync(plain[0]!), zstdStored(new TextEncoder().encode(plain[1]))];
  const options = (blockBytes: number) =>
    optionsFor('jsonl', { keep: ['text'], limits: { maxRows: 7, blockBytes } });

  async function read(
    contents: readonly (string | Uint8Array)[],
    blockBytes = 100,
    from: ReadPosition | null = null,
  ) {
    const chunks: Omit<Chunk, 'bytesRead'>[] = [];
    const files = contents.map((content, index) => rangeOf(content, `${index}.jsonl`));
    for await (const { bytesRead: _, ...chunk } of readDataset(files, options(blockBytes), from, signal))
      chunks.push(chunk);
    return chunks;
  }

  it('gives the same chunks as the plain files, however it is read and wherever reading goes on', async () => {
    const chunks = await read(plain);
    expect(await read(packed)).toStrictEqual(chunks);
    expect(await read(packed, 1)).toStrictEqual(chunks);
    for (const [index, chunk] of chunks.entries())
      expect(await read(packed, 100, chunk.end)).toStrictEqual(chunks.slice(index + 1));
  });

  it('is compared with what was read', async () => {
    const chunks = await read(packed);
    const verify = (contents: readonly Uint8Array[]) =>
      verifyDataset(
        contents.map((bytes) => rangeOf(bytes, 'x.gz')),
        options(100),
        chunks,
        signal,
      );
    await expect(verify(packed)).resolves.toBeUndefined();
    await expect(verify([gzipSync(plain[0]!.replace('row 9', 'row X')), packed[1]!])).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      details: { firstRow: 7 },
    });
    await expect(verify([gzipSync(plain[0]!.slice(0, 300)), packed[1]!])).rejects.toMatchObject({
      code: 'INPUT_CHANGED',
      message: expect.stringContaining('it has only 300 bytes now') as string,
    });
  });
});
