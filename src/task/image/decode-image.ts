import type { ImageHeader } from '../../util/image/read-image-header.ts';
import { orientPixels } from './orient-pixels.ts';
import type { Pixels } from './resize-pixels.ts';

/** EXIF's number for what a frame's `rotation` (degrees) and `flip` say; as browsers tell of the boxes of an AVIF. */
const ORIENTATIONS: Readonly<Record<number, readonly [plain: number, flipped: number]>> = {
  0: [1, 2],
  90: [6, 5],
  180: [3, 4],
  270: [8, 7],
};

/**
 * The pixels of a picture, or of its first frame, turned as its EXIF data ask, 4 bytes each: red, green, blue, and what is nothing to
 * a model. The values are those that the file has: no colour profile is applied, and colours stay as they are where they are
 * transparent, as in Pillow's `convert('RGB')`. A 2D canvas could not give those, as it keeps colours multiplied by alpha;
 * a video frame hands out the decoder's own bytes.
 *
 * @throws whatever the browser throws for a file that it cannot decode to its end.
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, header: ImageHeader): Promise<Pixels> {
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  try {
    const frame = new VideoFrame(bitmap, { timestamp: 0 });
    try {
      const pixels = await copyFrame(frame);
      return orientPixels(pixels, header.kind === 'avif' ? orientationOf(frame) : header.orientation);
    } finally {
      frame.close();
    }
  } finally {
    bitmap.close();
  }
}

async function copyFrame(frame: VideoFrame): Promise<Pixels> {
  const { format, codedWidth: width, codedHeight: height } = frame;
  const isBlueFirst = format === 'BGRA' || format === 'BGRX';
  // Asked for a format, the browser would convert, and multiply by alpha on the way.
  const options = isBlueFirst || format === 'RGBA' || format === 'RGBX' ? {} : { format: 'RGBA' as const };
  const bytes = new Uint8Array(frame.allocationSize(options));
  const [plane] = await frame.copyTo(bytes, options);
  if (plane?.offset !== 0 || plane.stride !== 4 * width || bytes.length < 4 * width * height)
    throw new TypeError(`the browser gave ${bytes.length} bytes for ${width} x ${height} pixels`);
  if (isBlueFirst) swapRedAndBlue(bytes);
  return { width, height, bytes, stride: 4 };
}

function swapRedAndBlue(bytes: Uint8Array<ArrayBuffer>): void {
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = (word & 0xff00ff00) | ((word >>> 16) & 0xff) | ((word & 0xff) << 16);
  }
}

function orientationOf(frame: VideoFrame): number {
  const { rotation = 0, flip = false } = frame as { rotation?: number; flip?: boolean };
  return ORIENTATIONS[rotation]?.[flip ? 1 : 0] ?? 1;
}
