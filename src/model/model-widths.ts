import { z } from 'zod';
import type { ModelWidths } from '../core/model-info.ts';

const width = z.number().int().positive().nullish().catch(null);

/**
 * The parts of a `config.json` that say how wide a model is, under the names that the families give them: BERT and most
 * others; DistilBERT (`n_heads`, `dim`, `hidden_dim`); GPT-2 and its kin (`n_head`, `n_embd`, `n_inner`).
 */
export const widthFields = {
  num_attention_heads: width,
  n_heads: width,
  n_head: width,
  hidden_size: width,
  dim: width,
  n_embd: width,
  intermediate_size: width,
  hidden_dim: width,
  n_inner: width,
};

type WidthConfig = z.infer<z.ZodObject<typeof widthFields>>;

/** How wide the model is; 0 for what its config does not say. */
export function modelWidths(config: WidthConfig): ModelWidths {
  return {
    heads: config.num_attention_heads ?? config.n_heads ?? config.n_head ?? 0,
    hidden: config.hidden_size ?? config.dim ?? config.n_embd ?? 0,
    intermediate: config.intermediate_size ?? config.hidden_dim ?? config.n_inner ?? 0,
  };
}
