import type { ResultOutput } from '../../core/result-output.ts';

/**
 * Names of the columns that hold a row's result, in order: `embedding`; for the best label alone `label` and `score`; for
 * several `labels` and `scores`, which are lists.
 */
export function outputColumns(output: ResultOutput): readonly string[] {
  if (output.kind === 'vector') return ['embedding'];
  return output.count === 1 ? ['label', 'score'] : ['labels', 'scores'];
}
