import { expect, test } from 'vitest';
import { z } from 'zod';
import { modelWidths, widthFields } from '../../../src/model/model-widths.ts';

const widthsOf = (config: object) => modelWidths(z.looseObject(widthFields).parse(config));

// As in the `config.json` of the models named.
test.each([
  [
    'all-MiniLM-L6-v2',
    { num_attention_heads: 12, hidden_size: 384, intermediate_size: 1536 },
    { heads: 12, hidden: 384, intermediate: 1536 },
  ],
  [
    'distilbert-base-uncased',
    { n_heads: 12, dim: 768, hidden_dim: 3072 },
    { heads: 12, hidden: 768, intermediate: 3072 },
  ],
  ['gpt2', { n_head: 12, n_embd: 768, n_inner: null }, { heads: 12, hidden: 768, intermediate: 0 }],
  ['a model that says nothing', {}, { heads: 0, hidden: 0, intermediate: 0 }],
  [
    'a config with what is no width',
    { num_attention_heads: 'many', hidden_size: -1, intermediate_size: 1.5 },
    { heads: 0, hidden: 0, intermediate: 0 },
  ],
])('%s', (_name, config, widths) => {
  expect(widthsOf(config)).toEqual(widths);
});
