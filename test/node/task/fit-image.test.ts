import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fitImage } from '../../../src/task/image/fit-image.ts';
import { orientPixels } from '../../../src/task/image/orient-pixels.ts';
import type { Pixels } from '../../../src/task/image/resize-pixels.ts';
import { fromBase64, GOLDEN_CASES, inputOf } from '../../support/image-golden.ts';

const picture = readBmp(fileURLToPath(new URL('../../fixtures/images/plain.bmp', import.meta.url)));

describe('fitImage gives what Pillow gives, to the byte', () => {
  const cases = GOLDEN_CASES.filter(({ file }) => file.startsWith('plain.'));
  expect(cases.length).toBeGreaterThan(15);
  test.each(cases.map((one) => [JSON.stringify({ ...one.resize, to: `${one.width}x${one.height}` }), one]))(
    '%s',
    (_, one) => {
      const planes = new Uint8Array(3 * one.width * one.height).fill(7);
      fitImage(picture, inputOf(one), planes);
      expect([...planes]).toEqual([...fromBase64(one.planes)]);
    },
  );
});

test('blue comes first where a model wants it so', () => {
  const input = inputOf({ width: 40, height: 30, resize: null });
  const rgb = new Uint8Array(3 * 1200);
  const bgr = new Uint8Array(3 * 1200);
  fitImage(picture, input, rgb);
  fitImage(picture, { ...input, bgr: true }, bgr);
  expect([...bgr.subarray(0, 1200)]).toEqual([...rgb.subarray(2400)]);
  expect([...bgr.subarray(1200, 2400)]).toEqual([...rgb.subarray(1200, 2400)]);
});

test('orientations 2 to 8 turn as EXIF says', () => {
  // a b
  // c d
  // e f
  const stored: Pixels = { width: 2, height: 3, stride: 1, bytes: new TextEncoder().encode('abcdef') };
  const turned = (orientation: number) => {
    const { bytes, width, height } = orientPixels(stored, orientation);
    return `${width}x${height} ${new TextDecoder().decode(bytes)}`;
  };
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(turned)).toEqual([
    '2x3 abcdef',
    '2x3 badcfe',
    '2x3 fedcba',
    '2x3 efcdab',
    '3x2 acebdf',
    '3x2 ecafdb',
    '3x2 fdbeca',
    '3x2 bdface',
  ]);
});

/** 24 bits a pixel, rows from the bottom up, blue first. */
function readBmp(path: string): Pixels {
  const file = readFileSync(path);
  const [start, width, height] = [10, 18, 22].map((at) => file.readUInt32LE(at)) as [number, number, number];
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        bytes[(y * width + x) * 3 + channel] =
          file[start + (height - 1 - y) * rowBytes + x * 3 + 2 - channel]!;
  return { width, height, bytes, stride: 3 };
}
