import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exifOrientation } from '../../../src/util/image/exif-orientation.ts';
import { readImageHeader } from '../../../src/util/image/read-image-header.ts';

const bytesOf = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../fixtures/images/${name}`, import.meta.url))));

const WHOLE = [
  ['plain.png', 'png', 40, 30, 1],
  ['alpha-mirrored.png', 'png', 40, 30, 2],
  ['sixteen-bits.png', 'png', 40, 30, 1],
  ['plain.bmp', 'bmp', 40, 30, 1],
  ['halved-colours.jpg', 'jpeg', 40, 30, 1],
  ['progressive-turned.jpg', 'jpeg', 40, 30, 6],
  ['cmyk.jpg', 'jpeg', 40, 30, 1],
  ['lossy.webp', 'webp', 40, 30, 1],
  ['alpha-turned.webp', 'webp', 40, 30, 7],
  ['animated.gif', 'gif', 40, 30, 1],
  ['plain.avif', 'avif', 40, 30, 1],
  ['bomb.png', 'png', 60_000, 60_000, 1],
] as const;

describe('readImageHeader', () => {
  test.each(WHOLE)('%s', (name, kind, width, height, orientation) => {
    expect(readImageHeader(bytesOf(name))).toEqual({ kind, width, height, orientation });
  });

  test.each(WHOLE)('%s cut short anywhere gives what it says or a reason', (name, kind) => {
    const bytes = bytesOf(name);
    for (let length = 0; length < Math.min(bytes.length, 900); length++) {
      const header = readImageHeader(bytes.slice(0, length));
      if (typeof header === 'string')
        expect(header).toMatch(/^its [A-Z]+ header is damaged or cut short$|^it begins with |^it is empty$/);
      else expect(header.kind).toBe(kind);
    }
  });

  test.each([
    ['text.jpg', 'it begins with 3c 68 74 6d 6c 3e 34 30, as no PNG, JPEG, WEBP, GIF, BMP, AVIF does'],
    ['scan.tif', 'it is a TIFF, which Chrome does not decode; PNG, JPEG, WEBP, GIF, BMP, AVIF are read'],
  ])('%s is none', (name, reason) => {
    expect(readImageHeader(bytesOf(name))).toBe(reason);
  });
});

test('EXIF of either byte order, and what is none', () => {
  const little = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0];
  const big = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0];
  expect(exifOrientation(Uint8Array.from(little))).toBe(8);
  expect(exifOrientation(Uint8Array.from(big))).toBe(3);
  expect(exifOrientation(Uint8Array.from(big.with(19, 9)))).toBe(1);
  for (let length = 0; length < little.length; length++)
    expect(exifOrientation(Uint8Array.from(little.slice(0, length)))).toBe(1);
});
