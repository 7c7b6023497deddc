import { z } from '../core/zod.ts';

/** `config_sentence_transformers.json`, as far as prompts go. */
export const promptsSchema = z.looseObject({
  prompts: z.record(z.string(), z.string().nullish()).nullish(),
  default_prompt_name: z.string().nullish(),
});

/** What to say about a prompt that Sentence Transformers would put before every text and Millrace does not. */
export function promptNotes(config: z.infer<typeof promptsSchema> | null): readonly string[] {
  const name = config?.default_prompt_name ?? null;
  const prompt = name === null ? null : (config?.prompts?.[name] ?? null);
  if (prompt === null || prompt === '') return [];
  return [`The model's default prompt "${name}" (${JSON.stringify(prompt)}) is not put before the texts.`];
}
