import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashSpans } from '../../../src/source/span-hash.ts';

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 0xff);
const range = {
  name: 'rows',
  byteLength: bytes.length,
  slice: async (start: number, end: number) => bytes.slice(start, end),
};
const { signal } = new AbortController();

describe('hashSpans', () => {
  it('is the SHA-256 of a head and of the spans behind it, in their order', async () => {
    const head = bytes.subarray(3, 8);
    const spans = [
      { start: 900, end: 950 },
      { start: 0, end: 0 },
      { start: 10, end: 20 },
    ];
    const expected = createHash('sha256').update(head).update(bytes.subarray(900, 950));
    expected.update(bytes.subarray(10, 20));
    expect(await hashSpans(range, spans, signal, head)).toBe(expected.digest('hex'));
  });

  it('is that of the bytes alone for one span without a head', async () => {
    const expected = createHash('sha256').update(bytes.subarray(5, 500)).digest('hex');
    expect(await hashSpans(range, [{ start: 5, end: 500 }], signal)).toBe(expected);
  });

  it('takes what is there of a file that got shorter', async () => {
    const expected = createHash('sha256').update(bytes.subarray(990)).digest('hex');
    expect(
      await hashSpans(
        range,
        [
          { start: 990, end: 1010 },
          { start: 1100, end: 1200 },
        ],
        signal,
      ),
    ).toBe(expected);
  });

  it('is the same for more than is held at once', async () => {
    const zeros = new Uint8Array(4 * 1024 * 1024);
    const large = {
      name: 'large',
      byteLength: 68 * 1024 * 1024,
      slice: async (start: number, end: number) => zeros.subarray(0, end - start),
    };
    const expected = createHash('sha256');
    for (let at = 0; at < large.byteLength; at += zeros.length) expected.update(zeros);
    expect(await hashSpans(large, [{ start: 0, end: large.byteLength }], signal)).toBe(
      expected.digest('hex'),
    );
  });
});
