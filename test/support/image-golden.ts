import type { ImageInput, ImageResize, ResizeFilter } from '../../src/core/image-input.ts';
import golden from '../fixtures/images/golden.json';

type Resize =
  | { readonly filter: string; readonly width: number; readonly height: number }
  | { readonly filter: string; readonly edge: number };

export type GoldenCase = {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly resize: Resize | null;
  /** Base64. */
  readonly planes: string;
};

/** What Pillow made of the pictures of `test/fixtures/images`. */
export const GOLDEN_CASES = golden.cases as readonly GoldenCase[];
export const GOLDEN_NORMALISED = golden.normalised as unknown as {
  readonly rescale: number;
  readonly mean: ImageInput['mean'];
  readonly std: ImageInput['std'];
  readonly tables: readonly string[];
};

/** A model's input that wants what a case says. */
export function inputOf({ width, height, resize }: Omit<GoldenCase, 'file' | 'planes'>): ImageInput {
  return {
    width,
    height,
    resize: resize === null ? null : resizeOf(resize),
    rescale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    bgr: false,
    tokens: 4,
  };
}

function resizeOf(resize: Resize): ImageResize {
  const filter = resize.filter as ResizeFilter;
  if ('edge' in resize) return { to: { kind: 'shortest-edge', edge: resize.edge }, filter };
  return { to: { kind: 'size', width: resize.width, height: resize.height }, filter };
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
