import type { ResizeFilter } from '../../core/image-input.ts';

/** Which pixels of a line make each pixel of the new one, and with which weights. */
export type ResizeCoefficients = {
  /** First pixel and number of pixels, two values a new pixel. */
  readonly bounds: Int32Array;
  /** `most` weights a new pixel, in units of 2^-22. */
  readonly weights: Int32Array;
  readonly most: number;
};

type Kernel = { readonly support: number; readonly at: (x: number) => number };

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Source: Pillow, `src/libImaging/Resample.c`. */
const KERNELS: Readonly<Record<Exclude<ResizeFilter, 'nearest'>, Kernel>> = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(1 - Math.abs(x), 0) },
  hamming: {
    support: 1,
    at: (x) => {
      const distance = Math.abs(x);
      return distance >= 1 ? 0 : sinc(distance) * (0.54 + 0.46 * Math.cos(distance * Math.PI));
    },
  },
  bicubic: {
    support: 2,
    at: (x) => {
      const a = -0.5;
      const d = Math.abs(x);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const ONE = 2 ** 22;

/**
 * For a line of `from` pixels that becomes one of `to`: the kernel is widened when the line shrinks, so that every pixel
 * counts. The weights are those of Pillow for 8-bit images, rounded as it rounds them, so that the results are the same bytes.
 */
export function resizeCoefficients(from: number, to: number, filter: ResizeFilter): ResizeCoefficients {
  const bounds = new Int32Array(2 * to);
  const scale = from / to;
  if (filter === 'nearest') {
    // Added up, as Pillow does (`Geometry.c`, ImagingScaleAffine): a product would round to the other side now and then.
    for (let pixel = 0, at = scale * 0.5; pixel < to; pixel++, at += scale)
      bounds.set([Math.min(Math.trunc(at), from - 1), 1], 2 * pixel);
    return { bounds, weights: new Int32Array(to).fill(ONE), most: 1 };
  }
  const { support, at } = KERNELS[filter];
  const widened = Math.max(scale, 1);
  const reach = support * widened;
  const most = Math.ceil(reach) * 2 + 1;
  const weights = new Int32Array(most * to);
  for (let pixel = 0; pixel < to; pixel++) {
    const centre = (pixel + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const count = Math.min(Math.trunc(centre + reach + 0.5), from) - first;
    const values = Array.from({ length: count }, (_, i) => at((i + first - centre + 0.5) * (1 / widened)));
    const sum = values.reduce((total, value) => total + value, 0);
    for (const [i, value] of values.entries()) {
      const share = (sum === 0 ? value : value / sum) * ONE;
      weights[pixel * most + i] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    }
    bounds.set([first, count], 2 * pixel);
  }
  return { bounds, weights, most };
}
