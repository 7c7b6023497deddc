import { z } from '../core/zod.ts';

/** A token as `tokenizer_config.json` and `special_tokens_map.json` write it: its text, or an object around it. */
const tokenName = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

export const tokenizerConfigSchema = z.looseObject({
  model_max_length: z.number().nullish(),
  pad_token: tokenName,
});

export const specialTokensMapSchema = z.looseObject({ pad_token: tokenName });

/** The parts of `tokenizer.json` that are needed before a tokenizer is built from it. */
export const tokenizerJsonSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.number().int(), content: z.string() })).nullish(),
  // A vocabulary is an object (WordPiece, BPE) or pairs of token and score (Unigram): large, so not looked at entry by entry.
  model: z.looseObject({
    vocab: z.custom<object>((value) => typeof value === 'object' && value !== null, 'no vocabulary'),
  }),
  normalizer: z.looseObject({}).nullish(),
});

export type TokenizerJson = z.infer<typeof tokenizerJsonSchema>;

/** Id of a token by its text, among the added tokens and then in the vocabulary; null when it is in neither. */
export function tokenIdOf(tokenizer: TokenizerJson, token: string): number | null {
  const added = tokenizer.added_tokens?.find(({ content }) => content === token);
  if (added !== undefined) return added.id;
  const vocab: object = tokenizer.model.vocab;
  if (Array.isArray(vocab)) {
    const index = vocab.findIndex((entry: unknown) => Array.isArray(entry) && entry[0] === token);
    return index < 0 ? null : index;
  }
  const id: unknown = Object.hasOwn(vocab, token) ? Reflect.get(vocab, token) : null;
  return typeof id === 'number' ? id : null;
}

/**
 * `tokenizer.json` with lower-casing put before its own normalizer: what Sentence Transformers does for
 * `do_lower_case` in `sentence_bert_config.json`.
 */
export function lowerCaseFirst(tokenizer: TokenizerJson): string {
  const own = tokenizer.normalizer;
  const normalizers = [{ type: 'Lowercase' }, ...(own === null || own === undefined ? [] : [own])];
  return JSON.stringify({ ...tokenizer, normalizer: { type: 'Sequence', normalizers } });
}
