import type { ReadColumn } from '../core/chunk.ts';
import type { JobSpec } from '../core/job-spec.ts';
import type { ModelInfo } from '../core/model-info.ts';
import { prepareTexts } from './prepare-texts.ts';
import { columnOf, type Preparer } from './task.ts';
import { createTextTokenizer } from './tokenize/text-tokenizer.ts';

const TEXT_ROLE = 'text';

/** The text column, which is all that a task on texts reads. */
export function textColumns(spec: JobSpec): readonly ReadColumn[] {
  return [{ role: TEXT_ROLE, column: spec.input.textColumn, type: 'text' }];
}

/** Texts to tokens, by the model's own tokenizer. */
export function textPreparer(model: ModelInfo): Preparer {
  const tokenizer = createTextTokenizer(model);
  return {
    prepare: (read, chunk) => prepareTexts(tokenizer, read.rows, columnOf(read, TEXT_ROLE), chunk),
  };
}
