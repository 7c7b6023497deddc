import { z } from '../core/zod.ts';
import { JobError } from '../core/job-error.ts';
import type { TaskKind } from '../core/job-spec.ts';
import type { ModelInfo, ModelRef, Pooling } from '../core/model-info.ts';
import type { DtypeChoice } from '../core/dtype.ts';
import { chooseWeights, CPU_TARGET, type WeightsTarget } from './choose-weights.ts';
import { findWeights } from './find-weights.ts';
import { chooseMaxLength } from './max-length.ts';
import { classNotes, modelClasses } from './model-classes.ts';
import { modelWidths, widthFields } from './model-widths.ts';
import { joinPath, ModelDirectory, type ModelJson } from './model-directory.ts';
import { poolingConfigSchema, poolingOf } from './pooling-config.ts';
import { promptNotes, promptsSchema } from './prompt-notes.ts';
import { readStModules, stModulesSchema, type StModules } from './st-modules.ts';
import {
  lowerCaseFirst,
  specialTokensMapSchema,
  tokenIdOf,
  tokenizerConfigSchema,
  tokenizerJsonSchema,
} from './tokenizer-files.ts';

const configSchema = z.looseObject({
  model_type: z.string().default('unknown'),
  max_position_embeddings: z.number().nullish(),
  pad_token_id: z.number().int().nullish(),
  ...widthFields,
});

const sentenceConfigSchema = z.looseObject({
  max_seq_length: z.number().nullish(),
  do_lower_case: z.boolean().nullish(),
});

/** Sentence Transformers named this file after the model before it settled on one name. Source: `models/Transformer.py`, `load`. */
const SENTENCE_CONFIG_NAMES = [
  'bert',
  'roberta',
  'distilbert',
  'camembert',
  'albert',
  'xlm-roberta',
  'xlnet',
].map((model) => `sentence_${model}_config.json`);

/** What the model is for, what a job may set over what the model says, and what the model is to run on. */
export type ModelOverrides = {
  /** Left out: `embed`. */
  readonly task?: TaskKind | undefined;
  readonly maxLength?: number | undefined;
  readonly normalize?: boolean | undefined;
  /** Left out: `auto`. */
  readonly dtype?: DtypeChoice | undefined;
  /** What the weights must run on; left out: the CPU. */
  readonly target?: WeightsTarget | undefined;
};

/**
 * Reads a Hugging Face model directory as it is: what to load, and how to use it. Weights are found, not read.
 * @throws JobError `MODEL_FILE_MISSING`, `MODEL_INVALID`, `MODEL_UNSUPPORTED` with the file and what to do;
 *   `SPEC_INVALID` when an override asks for more than the model can do.
 */
export async function readModel(ref: ModelRef, overrides: ModelOverrides = {}): Promise<ModelInfo> {
  const directory = new ModelDirectory(ref);
  const fileSha256: Record<string, string> = {};
  const read = async <T>(path: string, schema: z.ZodType<T>): Promise<ModelJson<T> | null> => {
    const json = await directory.readJson(path, schema);
    if (json !== null) fileSha256[json.path] = json.sha256;
    return json;
  };

  const classify = overrides.task === 'classify';
  // What a vector is made of is nothing to a classifier.
  const modulesJson = classify ? null : await read('modules.json', stModulesSchema);
  const modules = modulesJson === null ? null : readStModules(directory.name, modulesJson.value);
  // Old Sentence Transformers models keep the transformer's files in a folder of their own.
  const own = async <T>(path: string, schema: z.ZodType<T>) =>
    (await read(joinPath(modules?.transformerPath ?? '', path), schema)) ?? (await read(path, schema));

  const config = await own('config.json', configSchema);
  if (config === null) {
    throw missing(
      directory.name,
      'config.json',
      'Name the directory of a model from Hugging Face, with config.json, tokenizer.json and onnx/model.onnx in it.',
    );
  }
  const tokenizer = await own('tokenizer.json', tokenizerJsonSchema);
  if (tokenizer === null) {
    throw missing(
      directory.name,
      'tokenizer.json',
      `Download it from the page of the model, or export it with \`optimum-cli export onnx --model ${directory.name} DIR\`.`,
    );
  }
  const tokenizerConfig = await own('tokenizer_config.json', tokenizerConfigSchema);
  const specialTokens = await own('special_tokens_map.json', specialTokensMapSchema);
  let sentenceConfig: ModelJson<z.infer<typeof sentenceConfigSchema>> | null = null;
  for (const path of SENTENCE_CONFIG_NAMES) sentenceConfig ??= await own(path, sentenceConfigSchema);
  const prompts = await directory.readJson('config_sentence_transformers.json', promptsSchema);

  const found = await findWeights(directory);
  const chosen = chooseWeights(directory, found, overrides.dtype ?? 'auto', overrides.target ?? CPU_TARGET);
  const classes = classify ? modelClasses(directory, config.value) : null;
  const pooling = classes === null ? await readPooling(directory, modules, read) : noPooling;
  const length = chooseMaxLength(
    directory.name,
    {
      modelType: config.value.model_type,
      maxPositions: config.value.max_position_embeddings ?? null,
      maxSeqLength: sentenceConfig?.value.max_seq_length ?? null,
      modelMaxLength: tokenizerConfig?.value.model_max_length ?? null,
    },
    overrides.maxLength,
  );
  const padToken = tokenizerConfig?.value.pad_token ?? specialTokens?.value.pad_token ?? null;
  return {
    name: directory.name,
    modelType: config.value.model_type,
    widths: modelWidths(config.value),
    weights: chosen.weights,
    weightsReason: chosen.reason,
    tokenizer: {
      tokenizerJson:
        sentenceConfig?.value.do_lower_case === true ? lowerCaseFirst(tokenizer.value) : tokenizer.text,
      tokenizerConfig: tokenizerConfig?.text ?? '{}',
    },
    maxLength: length.maxLength,
    padTokenId:
      (padToken === null ? null : tokenIdOf(tokenizer.value, padToken)) ?? config.value.pad_token_id ?? 0,
    pooling: pooling.pooling,
    normalize: classes === null && (overrides.normalize ?? modules?.normalize ?? true),
    classes,
    fileSha256,
    notes: [
      ...chosen.notes,
      ...pooling.notes,
      ...length.notes,
      ...(classes === null ? promptNotes(prompts?.value ?? null) : classNotes(classes)),
    ],
  };
}

type Read = <T>(path: string, schema: z.ZodType<T>) => Promise<ModelJson<T> | null>;

const noPooling: { readonly pooling: Pooling; readonly notes: readonly string[] } = {
  pooling: 'none',
  notes: [],
};

async function readPooling(
  directory: ModelDirectory,
  modules: StModules | null,
  read: Read,
): Promise<{ readonly pooling: Pooling; readonly notes: readonly string[] }> {
  if (modules === null) {
    return {
      pooling: 'mean',
      notes: ['There is no modules.json: vectors are mean-pooled and, unless set otherwise, normalised.'],
    };
  }
  if (modules.poolingPath === null) {
    return { pooling: 'mean', notes: ['modules.json has no pooling module: vectors are mean-pooled.'] };
  }
  const path = joinPath(modules.poolingPath, 'config.json');
  const config = await read(path, poolingConfigSchema);
  if (config === null) {
    throw missing(directory.name, path, 'modules.json names it: download it from the page of the model.');
  }
  return { pooling: poolingOf(directory.name, config.path, config.value), notes: [] };
}

function missing(name: string, path: string, hint: string): JobError {
  return new JobError('MODEL_FILE_MISSING', `${name} has no ${path}.`, {
    hint,
    details: { model: name, file: path },
  });
}
