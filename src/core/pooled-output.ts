import { notInBytes } from './finish.ts';
import { JobError } from './job-error.ts';
import type { JobSpec } from './job-spec.ts';
import { longTextsOf } from './long-texts.ts';
import type { ResultOutput, VectorElement } from './result-output.ts';

/**
 * In what the vectors of windows are stored that will be pooled: bits and 8-bit integers are made of the pooled vector, as sums
 * of them would say little.
 */
export function pooledFrom(precision: VectorElement): VectorElement {
  return precision === 'float16' ? 'float16' : 'float32';
}

/**
 * What an export makes of what a job stores: the same, but where windows are pooled it is only then that vectors get the
 * precision asked for. @throws JobError `SPEC_INVALID` for vectors that do not fill their bytes.
 */
export function pooledOutput(task: JobSpec['task'], stored: ResultOutput): ResultOutput {
  if (task.kind !== 'embed' || longTextsOf(task).long !== 'pool' || stored.kind !== 'vector') return stored;
  const element = task.precision ?? 'float32';
  if (element === 'binary' && stored.dims % 8 !== 0) {
    throw new JobError('SPEC_INVALID', `The vectors cannot be binary: ${notInBytes(stored.dims)}.`, {
      hint: 'Say --dimensions, or take another --precision.',
    });
  }
  return { ...stored, element };
}
