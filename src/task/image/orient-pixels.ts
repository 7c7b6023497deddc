import type { Pixels } from './resize-pixels.ts';

/** Turns and mirrors a picture as its EXIF orientation (1 to 8) asks, as Pillow's `exif_transpose` does. */
export function orientPixels(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels;
  const { width, height, bytes, stride } = pixels;
  const swaps = orientation >= 5;
  const [outWidth, outHeight] = swaps ? [height, width] : [width, height];
  const turned = new Uint8Array(bytes.length);
  for (let y = 0, to = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++, to += stride) {
      const [across, down] = swaps ? [y, x] : [x, y];
      const fromX = MIRRORS_ACROSS.has(orientation) ? width - 1 - across : across;
      const fromY = MIRRORS_DOWN.has(orientation) ? height - 1 - down : down;
      const from = (fromY * width + fromX) * stride;
      for (let i = 0; i < stride; i++) turned[to + i] = bytes[from + i]!;
    }
  }
  return { width: outWidth, height: outHeight, bytes: turned, stride };
}

/** Orientations in which the stored columns, or rows, are read backwards. */
const MIRRORS_ACROSS: ReadonlySet<number> = new Set([2, 3, 7, 8]);
const MIRRORS_DOWN: ReadonlySet<number> = new Set([3, 4, 6, 7]);
