import type { ImageInput, ImageResize } from '../../core/image-input.ts';
import { resizePixels, type Pixels } from './resize-pixels.ts';

/**
 * Writes a picture as a model reads it into `planes`, which is 3 x width x height: scaled, then cut or padded with black around its
 * centre. Sizes are rounded as the image processors of Hugging Face transformers do (`image_transforms.py`: `resize`,
 * `center_crop`).
 */
export function fitImage(pixels: Pixels, input: ImageInput, planes: Uint8Array): void {
  const target = input.resize === null ? pixels : resizedSize(pixels, input.resize.to);
  const scaled = resizePixels(pixels, target.width, target.height, input.resize?.filter ?? 'nearest');
  const left = Math.floor((scaled.width - input.width) / 2);
  const top = Math.floor((scaled.height - input.height) / 2);
  const plane = input.width * input.height;
  planes.fill(0);
  for (let y = 0; y < input.height; y++) {
    const fromY = y + top;
    if (fromY < 0 || fromY >= scaled.height) continue;
    for (let x = 0; x < input.width; x++) {
      const fromX = x + left;
      if (fromX < 0 || fromX >= scaled.width) continue;
      const from = (fromY * scaled.width + fromX) * 3;
      const to = y * input.width + x;
      planes[to] = scaled.bytes[from + (input.bgr ? 2 : 0)]!;
      planes[to + plane] = scaled.bytes[from + 1]!;
      planes[to + 2 * plane] = scaled.bytes[from + (input.bgr ? 0 : 2)]!;
    }
  }
}

type Size = { readonly width: number; readonly height: number };

function resizedSize({ width, height }: Size, to: ImageResize['to']): Size {
  if (to.kind === 'size') return to;
  const longer = Math.max(Math.trunc((to.edge * Math.max(width, height)) / Math.min(width, height)), 1);
  return width <= height ? { width: to.edge, height: longer } : { width: longer, height: to.edge };
}
