import type { ReadColumn } from '../core/chunk.ts';
import type { JobSpec } from '../core/job-spec.ts';
import { longTextsOf } from '../core/long-texts.ts';
import type { ModelInfo } from '../core/model-info.ts';
import { BATCH_COLUMNS } from '../core/openai/batch-columns.ts';
import { prepareInputs } from './prepare-inputs.ts';
import { prepareTexts } from './prepare-texts.ts';
import { prepareSplitTexts } from './prepare-split-texts.ts';
import { columnOf, type Preparer, type RowKind, type TaskSpec } from './task.ts';
import { overlapOf } from './tokenize/split-text.ts';
import { createTextTokenizer } from './tokenize/text-tokenizer.ts';

const TEXT_ROLE = 'text';
/** Inputs of OpenAI Batch requests: texts or token ids. */
const INPUT_ROLE = 'input';

/** The text column, which is all that a task on texts reads. */
function textColumns(spec: JobSpec): readonly ReadColumn[] {
  if (spec.input.format === 'openai')
    return [{ role: INPUT_ROLE, column: BATCH_COLUMNS.input, type: 'text' }];
  return [{ role: TEXT_ROLE, column: spec.input.textColumn, type: 'text' }];
}

/**
 * Texts to tokens, by the model's own tokenizer; those that are longer than the model as the task says.
 * @throws JobError `SPEC_INVALID` for an overlap that windows of the model have no room for.
 */
function textPreparer(model: ModelInfo, task: TaskSpec): Preparer {
  const { long, overlap } = longTextsOf(task);
  if (long === 'truncate') {
    const tokenizer = createTextTokenizer(model);
    const limits = { maxLength: model.maxLength, dims: model.vectorDims ?? null };
    return {
      prepare: (read, chunk) =>
        Object.hasOwn(read.columns, INPUT_ROLE)
          ? prepareInputs(tokenizer, read.rows, columnOf(read, INPUT_ROLE), chunk, limits)
          : prepareTexts(tokenizer, read.rows, columnOf(read, TEXT_ROLE), chunk),
    };
  }
  const tokenizer = createTextTokenizer(model, true);
  const shared = overlapOf(overlap, tokenizer);
  return {
    prepare: (read, chunk) =>
      prepareSplitTexts(tokenizer, shared, read.rows, columnOf(read, TEXT_ROLE), chunk),
  };
}

/** Texts, one a row. */
export const textRows: RowKind = { readColumns: textColumns, createPreparer: textPreparer };
