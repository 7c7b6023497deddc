import { describe, expect, test } from 'vitest';
import { imageInputOf, preprocessorSchema } from '../../../src/model/preprocessor-config.ts';

const read = (config: object, patch: number | null = 16) =>
  imageInputOf('model', preprocessorSchema.parse(config), patch);

/** As the files of well-known models say it, shortened to what counts. */
const KNOWN: readonly (readonly [name: string, config: object, expected: object])[] = [
  [
    'google/vit-base-patch16-224',
    { image_processor_type: 'ViTImageProcessor', size: { height: 224, width: 224 }, resample: 2 },
    {
      width: 224,
      resize: { to: { kind: 'size', width: 224, height: 224 }, filter: 'bilinear' },
      tokens: 196,
    },
  ],
  [
    'an old ViT, with a number for a size',
    { feature_extractor_type: 'ViTFeatureExtractor', size: 384, resample: 2 },
    { width: 384, resize: { to: { kind: 'size', width: 384, height: 384 } }, tokens: 576 },
  ],
  [
    'openai/clip-vit-base-patch32',
    { feature_extractor_type: 'CLIPFeatureExtractor', size: 224, crop_size: 224, resample: 3 },
    { width: 224, resize: { to: { kind: 'shortest-edge', edge: 224 }, filter: 'bicubic' } },
  ],
  [
    'facebook/dinov2-base',
    {
      image_processor_type: 'BitImageProcessor',
      size: { shortest_edge: 256 },
      crop_size: { height: 224, width: 224 },
      resample: 3,
    },
    { width: 224, height: 224, resize: { to: { kind: 'shortest-edge', edge: 256 }, filter: 'bicubic' } },
  ],
  [
    'facebook/deit-base-distilled-patch16-224',
    { feature_extractor_type: 'DeiTFeatureExtractor', size: 256, crop_size: 224, resample: 3 },
    { width: 224, resize: { to: { kind: 'size', width: 256, height: 256 }, filter: 'bicubic' } },
  ],
  [
    'microsoft/resnet-50',
    { feature_extractor_type: 'ConvNextFeatureExtractor', crop_pct: 0.875, size: 224, resample: 3 },
    { width: 224, resize: { to: { kind: 'shortest-edge', edge: 256 }, filter: 'bicubic' } },
  ],
  [
    'facebook/convnext-base-384',
    { image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 384 }, resample: 3 },
    { width: 384, resize: { to: { kind: 'size', width: 384, height: 384 }, filter: 'bicubic' } },
  ],
  [
    'google/siglip-base-patch16-224',
    { image_processor_type: 'SiglipImageProcessor', size: { height: 224, width: 224 }, resample: 3 },
    { resize: { to: { kind: 'size', width: 224, height: 224 }, filter: 'bicubic' } },
  ],
];

describe('imageInputOf', () => {
  test.each(KNOWN)('%s', (_, config, expected) => {
    expect(read(config)).toMatchObject(expected);
  });

  test('takes means for one or three channels, and nothing where a step is left out', () => {
    const size = { height: 8, width: 8 };
    const given = { size, image_mean: [0.1, 0.2, 0.3], image_std: 0.4, rescale_factor: 0.5 };
    expect(read(given)).toMatchObject({ mean: [0.1, 0.2, 0.3], std: [0.4, 0.4, 0.4], rescale: 0.5 });
    const off = read({ ...given, do_normalize: false, do_rescale: false, do_flip_channel_order: true });
    expect(off).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1], rescale: 1, bgr: true });
    expect(read({ size })).toMatchObject({ mean: [0.5, 0.5, 0.5], rescale: 1 / 255, bgr: false });
  });

  test('counts patches of 16 pixels where a model has none', () => {
    expect(read({ size: { height: 100, width: 224 } }, null).tokens).toBe(7 * 14);
    expect(read({ size: { height: 224, width: 224 } }, 32).tokens).toBe(49);
  });

  test.each([
    [{ size: 224, do_pad: true }, 'asks for "do_pad"'],
    [{ size: { longest_edge: 512 } }, 'has a longest_edge'],
    [{ size: { shortest_edge: 224 } }, 'does not bring every picture to one size'],
    [{ size: 224, resample: 9 }, 'has the unknown resample 9'],
    [{}, 'has no size'],
    [{ do_resize: false }, 'does not bring every picture to one size'],
  ])('refuses %j', (config, reason) => {
    expect(() => read(config)).toThrow(`model/preprocessor_config.json ${reason}`);
  });
});
