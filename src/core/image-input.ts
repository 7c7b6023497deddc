/** How a picture is scaled: to a size whatever its shape, or in its shape until its shorter side has a length. */
export type ImageResize = {
  readonly to:
    | { readonly kind: 'size'; readonly width: number; readonly height: number }
    | { readonly kind: 'shortest-edge'; readonly edge: number };
  readonly filter: ResizeFilter;
};

export const RESIZE_FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;
/** In the order of Pillow's `Resampling`. */
export type ResizeFilter = (typeof RESIZE_FILTERS)[number];

/**
 * What a model of images reads, and how a picture becomes that: scaled, cut or padded to the model's size around its centre, then
 * each value v of a channel to `(v * rescale - mean) / std`, in 32 bits.
 */
export type ImageInput = {
  readonly width: number;
  readonly height: number;
  readonly resize: ImageResize | null;
  readonly rescale: number;
  /** Of red, green and blue. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Blue comes first, and red last. */
  readonly bgr: boolean;
  /** Its length, by which batches are planned: patches. */
  readonly tokens: number;
};

/** Examples of one size that stand one after the other: planes of red, green and blue, row after row, 8 bits a value. */
export type PixelData = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of one example: 3 x width x height. */
  readonly each: number;
};

/** More pixels are not decoded: Pillow, too, takes a picture of more for an attack (`Image.MAX_IMAGE_PIXELS`). */
export const MAX_IMAGE_PIXELS = 89_478_485;
