import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/util/crc32.ts';

describe('crc32', () => {
  it('gives the check value of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('is that of bit by bit for any length, in one piece and in two', () => {
    const bytes = Uint8Array.from({ length: 67 }, (_, i) => (i * 151 + 43) & 0xff);
    for (let length = 0; length <= bytes.length; length++) {
      const expected = bitByBit(bytes.subarray(0, length));
      expect(crc32(bytes.subarray(0, length))).toBe(expected);
      const cut = Math.floor(length / 3);
      expect(crc32(bytes.subarray(cut, length), crc32(bytes.subarray(0, cut)))).toBe(expected);
    }
  });
});

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
