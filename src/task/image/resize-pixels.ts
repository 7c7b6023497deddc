import type { ResizeFilter } from '../../core/image-input.ts';
import { resizeCoefficients } from './resize-coefficients.ts';

/** Pixels of a picture, row after row. */
export type Pixels = {
  readonly width: number;
  readonly height: number;
  /** Values of red, green and blue, and whatever else a pixel has: `stride` bytes each. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly stride: number;
};

const HALF = 2 ** 21;
const BITS = 22;

/**
 * Scales a picture as Pillow's `Image.resize` does, to the same bytes: across first, then down, rounded to 8 bits in between; a
 * direction that keeps its length is left alone. Gives 3 bytes a pixel.
 */
export function resizePixels(pixels: Pixels, width: number, height: number, filter: ResizeFilter): Pixels {
  const across = pixels.width === width ? pixels : resizeAcross(pixels, width, filter);
  const down = pixels.height === height ? across : resizeDown(across, height, filter);
  return down.stride === 3 ? down : withoutAlpha(down);
}

function resizeAcross({ width, height, bytes, stride }: Pixels, to: number, filter: ResizeFilter): Pixels {
  const { bounds, weights, most } = resizeCoefficients(width, to, filter);
  const scaled = new Uint8Array(to * height * 3);
  let out = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width * stride;
    for (let x = 0; x < to; x++) {
      const count = bounds[2 * x + 1]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let at = row + bounds[2 * x]! * stride;
      for (let i = 0, w = x * most; i < count; i++, w++, at += stride) {
        const weight = weights[w]!;
        red += bytes[at]! * weight;
        green += bytes[at + 1]! * weight;
        blue += bytes[at + 2]! * weight;
      }
      scaled[out++] = clip(red);
      scaled[out++] = clip(green);
      scaled[out++] = clip(blue);
    }
  }
  return { width: to, height, bytes: scaled, stride: 3 };
}

function resizeDown({ width, height, bytes, stride }: Pixels, to: number, filter: ResizeFilter): Pixels {
  const { bounds, weights, most } = resizeCoefficients(height, to, filter);
  const scaled = new Uint8Array(width * to * 3);
  const sums = new Float64Array(width * 3);
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    const first = bounds[2 * y]!;
    for (let i = 0; i < bounds[2 * y + 1]!; i++) {
      const weight = weights[y * most + i]!;
      for (let x = 0, at = (first + i) * width * stride, to3 = 0; x < width; x++, at += stride) {
        sums[to3++]! += bytes[at]! * weight;
        sums[to3++]! += bytes[at + 1]! * weight;
        sums[to3++]! += bytes[at + 2]! * weight;
      }
    }
    const row = y * width * 3;
    for (let i = 0; i < sums.length; i++) scaled[row + i] = clip(sums[i]!);
  }
  return { width, height: to, bytes: scaled, stride: 3 };
}

/** Sums stay below 2^31 in size: the weights of a pixel add up to 1, and the negative ones to little. */
function clip(sum: number): number {
  const value = sum >> BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function withoutAlpha({ width, height, bytes, stride }: Pixels): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0, to = 0; to < rgb.length; at += stride) {
    rgb[to++] = bytes[at]!;
    rgb[to++] = bytes[at + 1]!;
    rgb[to++] = bytes[at + 2]!;
  }
  return { width, height, bytes: rgb, stride: 3 };
}
