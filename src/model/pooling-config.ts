import { z } from '../core/zod.ts';
import { JobError } from '../core/job-error.ts';
import type { Pooling } from '../core/model-info.ts';

/**
 * `config.json` of a Sentence Transformers pooling module: one flag a mode, or the single `pooling_mode` of newer releases.
 * Source: `sentence_transformers/models/Pooling.py`, where the mean counts as chosen when its flag is left out.
 */
export const poolingConfigSchema = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).nullish(),
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(true),
  pooling_mode_max_tokens: z.boolean().default(false),
  pooling_mode_mean_sqrt_len_tokens: z.boolean().default(false),
  pooling_mode_weightedmean_tokens: z.boolean().default(false),
  pooling_mode_lasttoken: z.boolean().default(false),
});

type PoolingConfig = z.infer<typeof poolingConfigSchema>;

const FLAGS = [
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_max_tokens', 'max'],
  ['pooling_mode_mean_sqrt_len_tokens', 'mean_sqrt_len_tokens'],
  ['pooling_mode_weightedmean_tokens', 'weightedmean'],
  ['pooling_mode_lasttoken', 'lasttoken'],
] as const satisfies readonly (readonly [keyof PoolingConfig, string])[];

const POOLING_BY_MODE: ReadonlyMap<string, Pooling> = new Map([
  ['cls', 'cls'],
  ['mean', 'mean'],
  ['max', 'max'],
  ['lasttoken', 'last_token'],
]);

/**
 * The pooling that a module's config asks for.
 * @throws JobError `MODEL_UNSUPPORTED`, naming the mode, for any other than one of mean, cls, max and last token.
 */
export function poolingOf(name: string, path: string, config: PoolingConfig): Pooling {
  const modes = modesOf(config);
  const pooling = modes.length === 1 ? POOLING_BY_MODE.get(modes[0]!) : undefined;
  if (pooling !== undefined) return pooling;
  const mode = modes.length === 0 ? 'none' : modes.join('+');
  throw new JobError(
    'MODEL_UNSUPPORTED',
    `${name}/${path} asks for the pooling "${mode}", which is not supported.`,
    {
      hint: 'Supported are mean, cls, max and lasttoken, one at a time.',
      details: { model: name, pooling: mode },
    },
  );
}

function modesOf(config: PoolingConfig): readonly string[] {
  const mode = config.pooling_mode;
  if (mode === null || mode === undefined)
    return FLAGS.filter(([flag]) => config[flag]).map(([, name]) => name);
  const modes = typeof mode === 'string' ? mode.split('+') : mode;
  return modes.map((name) => name.trim().toLowerCase());
}
