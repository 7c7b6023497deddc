import { z } from '../core/zod.ts';
import { JobError } from '../core/job-error.ts';
import type { ModelInfo, ModelRef, ModelWidths, Pooling } from '../core/model-info.ts';
import { chooseWeights, CPU_TARGET } from './choose-weights.ts';
import { findWeights } from './find-weights.ts';
import { classNotes, modelClasses } from './model-classes.ts';
import { ModelDirectory } from './model-directory.ts';
import { modelWidths, widthFields } from './model-widths.ts';
import { imageInputOf, preprocessorSchema } from './preprocessor-config.ts';
import type { ModelOverrides } from './read-model.ts';

const towerFields = { patch_size: z.number().int().positive().nullish().catch(null), ...widthFields };

const configSchema = z.looseObject({
  model_type: z.string().default('unknown'),
  ...towerFields,
  /** Of a model of texts and images: its half for images. */
  vision_config: z.looseObject(towerFields).nullish(),
});

/** Types without a class token: the mean of all patches stands for the picture. */
const MEAN_POOLED: ReadonlySet<string> = new Set([
  'siglip',
  'siglip2',
  'siglip_vision_model',
  'siglip2_vision_model',
  'swin',
  'swinv2',
  'ijepa',
  'hiera',
  'levit',
  'pvt',
  'mobilevit',
]);

/**
 * A convolution's largest layers have some hundred values for each of the 16 x 16 pixels that are counted as a patch: 64
 * channels at half the size (ResNet), 96 expanded by 4 at a quarter (ConvNeXt), 96 at half (EfficientNet).
 */
const CONVOLUTION_WIDTH = 8192;

/**
 * Reads a Hugging Face directory of an image model: its config, its image processor and its weights, which are found, not read. Of a
 * model of texts and images, the half for images (`vision_model.onnx`).
 * @throws JobError as `readModel` does.
 */
export async function readImageModel(ref: ModelRef, overrides: ModelOverrides = {}): Promise<ModelInfo> {
  const directory = new ModelDirectory(ref);
  const { name } = directory;
  const config = await directory.readJson('config.json', configSchema);
  if (config === null)
    throw missing(name, 'config.json', 'Name the directory of an image model from Hugging Face.');
  const preprocessor = await directory.readJson('preprocessor_config.json', preprocessorSchema);
  if (preprocessor === null)
    throw missing(
      name,
      'preprocessor_config.json',
      'It says how pictures are scaled and normalised: download it from the page of the model. A model of texts cannot read pictures.',
    );
  const tower = config.value.vision_config ?? config.value;
  const image = imageInputOf(name, preprocessor.value, tower.patch_size ?? null);
  const found = await findWeights(directory, 'vision_model');
  const chosen = chooseWeights(directory, found, overrides.dtype ?? 'auto', overrides.target ?? CPU_TARGET);
  const classes = overrides.task === 'classify' ? modelClasses(directory, config.value) : null;
  const pooling: Pooling = MEAN_POOLED.has(config.value.model_type) ? 'mean' : 'cls';
  return {
    name,
    modelType: config.value.model_type,
    widths: widthsOf(modelWidths(tower)),
    image,
    weights: chosen.weights,
    weightsReason: chosen.reason,
    tokenizer: { tokenizerJson: '', tokenizerConfig: '{}' },
    maxLength: image.tokens,
    padTokenId: 0,
    pooling: classes === null ? pooling : 'none',
    normalize: classes === null && (overrides.normalize ?? true),
    classes,
    fileSha256: { [config.path]: config.sha256, [preprocessor.path]: preprocessor.sha256 },
    notes: [
      ...chosen.notes,
      `Pictures are read at ${image.width} x ${image.height} pixels, as preprocessor_config.json says.`,
      ...(classes === null ? [] : classNotes(classes)),
    ],
  };
}

function widthsOf(widths: ModelWidths): ModelWidths {
  return widths.heads > 0 ? widths : { ...widths, hidden: CONVOLUTION_WIDTH };
}

function missing(name: string, path: string, hint: string): JobError {
  return new JobError('MODEL_FILE_MISSING', `${name} has no ${path}.`, {
    hint,
    details: { model: name, file: path },
  });
}
