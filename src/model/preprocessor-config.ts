import { z } from '../core/zod.ts';
import { RESIZE_FILTERS, type ImageInput, type ImageResize, type ResizeFilter } from '../core/image-input.ts';
import { JobError } from '../core/job-error.ts';

const side = z.number().int().min(1).max(16_384);
const sides = z.union([
  side,
  z.looseObject({
    height: side.optional(),
    width: side.optional(),
    shortest_edge: side.optional(),
    longest_edge: side.optional(),
  }),
]);
const channels = z.union([z.number(), z.array(z.number()).length(3)]);

/** `preprocessor_config.json` of Hugging Face's image processors, as far as it says what becomes of a picture. */
export const preprocessorSchema = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: z.boolean().nullish(),
  size: sides.nullish(),
  resample: z.number().int().nullish(),
  crop_pct: z.number().positive().nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: sides.nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: channels.nullish(),
  image_std: channels.nullish(),
  do_flip_channel_order: z.boolean().nullish(),
});

export type PreprocessorConfig = z.infer<typeof preprocessorSchema>;

/** Steps that other processors take, and that nothing is done about here. */
const UNKNOWN_STEPS = [
  'do_pad',
  'do_thumbnail',
  'do_align_long_axis',
  'do_crop_margin',
  'do_image_splitting',
  'do_rescale_offset',
  'rescale_offset',
  'include_top',
  'do_color_quantize',
];

/** By the start of a processor's name: what it takes where its config leaves it out. The others are like ViT. */
type Defaults = { readonly filter: ResizeFilter; readonly edge: boolean; readonly crop: boolean };
const VIT: Defaults = { filter: 'bilinear', edge: false, crop: false };
const DEFAULTS: readonly (readonly [RegExp, Defaults])[] = [
  [/^(?:CLIP|ChineseCLIP|Bit)/, { filter: 'bicubic', edge: true, crop: true }],
  [/^DeiT/, { filter: 'bicubic', edge: false, crop: true }],
  [/^(?:MobileNet|PoolFormer|LeVit)/, { filter: 'bilinear', edge: true, crop: true }],
  [/^(?:ConvNext|MobileViT)/, { filter: 'bilinear', edge: true, crop: false }],
  [/^Siglip/, { filter: 'bicubic', edge: false, crop: false }],
];

/** A patch of most vision transformers; convolutions are counted by it, too. */
const PATCH = 16;
/** What models that name no mean are trained with: values from -1 to 1. */
const HALF = 0.5;

/**
 * What a model of images reads. Sources: transformers, `image_processing_*.py` of the families named above, and
 * `image_processing_convnext.py` for `crop_pct`.
 *
 * @param patch width of a patch; null where the model has none
 * @throws JobError `MODEL_UNSUPPORTED` for a step that is not known, or when pictures do not all come to one size.
 */
export function imageInputOf(name: string, config: PreprocessorConfig, patch: number | null): ImageInput {
  const step = UNKNOWN_STEPS.find((one) => config[one] === true);
  if (step !== undefined) throw unsupported(name, `asks for "${step}"`);
  const processor = config.image_processor_type ?? config.feature_extractor_type ?? '';
  const defaults = DEFAULTS.find(([pattern]) => pattern.test(processor))?.[1] ?? VIT;
  const size = config.size ?? null;
  const cropPct = processor.startsWith('ConvNext') ? cropOf(size, config.crop_pct ?? 0.875) : null;
  const resize = config.do_resize === false ? null : resizeOf(name, config, defaults, cropPct);
  const crops = cropPct !== null || (config.do_center_crop ?? defaults.crop);
  const crop = crops ? exactSize(config.crop_size ?? size) : null;
  const final = crop ?? (resize?.to.kind === 'size' ? resize.to : null);
  if (final === null)
    throw unsupported(
      name,
      'does not bring every picture to one size: it has no size of two sides and no crop_size',
    );
  const patchSide = patch ?? PATCH;
  return {
    width: final.width,
    height: final.height,
    resize,
    rescale: config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255),
    mean: config.do_normalize === false ? [0, 0, 0] : threeOf(config.image_mean ?? HALF),
    std: config.do_normalize === false ? [1, 1, 1] : threeOf(config.image_std ?? HALF),
    bgr: config.do_flip_channel_order === true,
    tokens: Math.ceil(final.width / patchSide) * Math.ceil(final.height / patchSide),
  };
}

type Sides = NonNullable<PreprocessorConfig['size']>;

/** ConvNeXt: below 384 pixels, the picture is scaled to a larger size, of which the middle is taken. */
function cropOf(size: Sides | null, share: number): { readonly edge: number } | null {
  const edge = size === null ? null : typeof size === 'number' ? size : (size.shortest_edge ?? null);
  return edge === null || edge >= 384 ? null : { edge: Math.trunc(edge / share) };
}

function resizeOf(
  name: string,
  { size, resample, image_processor_type: type, feature_extractor_type: extractor }: PreprocessorConfig,
  { filter: usual, edge }: Defaults,
  cropPct: { readonly edge: number } | null,
): ImageResize {
  const filter = resample === null || resample === undefined ? usual : RESIZE_FILTERS[resample];
  if (filter === undefined) throw unsupported(name, `has the unknown resample ${resample}`);
  if (cropPct !== null) return { to: { kind: 'shortest-edge', edge: cropPct.edge }, filter };
  if (size === null || size === undefined) throw unsupported(name, 'has no size');
  if (typeof size === 'object' && size.longest_edge !== undefined)
    throw unsupported(name, 'has a longest_edge, so that pictures come to sizes of their own');
  const shortest = typeof size === 'number' ? (edge ? size : null) : (size.shortest_edge ?? null);
  const isConvNext = (type ?? extractor ?? '').startsWith('ConvNext');
  // ConvNeXt scales to a square from 384 pixels on.
  if (shortest !== null && !isConvNext) return { to: { kind: 'shortest-edge', edge: shortest }, filter };
  const exact = exactSize(size);
  if (exact === null) throw unsupported(name, 'has a size that is not understood');
  return { to: { kind: 'size', ...exact }, filter };
}

function exactSize(size: Sides | null): { readonly width: number; readonly height: number } | null {
  if (size === null) return null;
  if (typeof size === 'number') return { width: size, height: size };
  const { width, height, shortest_edge: edge } = size;
  if (width !== undefined && height !== undefined) return { width, height };
  return edge === undefined ? null : { width: edge, height: edge };
}

function threeOf(value: number | readonly number[]): readonly [number, number, number] {
  if (typeof value === 'number') return [value, value, value];
  return [value[0]!, value[1]!, value[2]!];
}

function unsupported(name: string, what: string): JobError {
  return new JobError('MODEL_UNSUPPORTED', `${name}/preprocessor_config.json ${what}.`, {
    hint: 'Known are resizing, a crop of the centre, rescaling and normalising, as for ViT, DeiT, CLIP, SigLIP, DINOv2, ConvNeXT and ResNet.',
    details: { model: name },
  });
}
