import { INT8_NEEDS_NORMALIZED } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import type { Task } from './task.ts';
import { textColumns, textPreparer } from './text-rows.ts';

/** A text -> its vector. */
export const embedTask: Task<'embed'> = {
  kind: 'embed',
  readColumns: textColumns,
  createPreparer: textPreparer,

  finish: ({ precision = 'float32', dimensions = null }, { name, pooling, normalize }) => {
    if (precision === 'int8' && !normalize) {
      throw new JobError('SPEC_INVALID', `${INT8_NEEDS_NORMALIZED}; those of ${name} are not.`, {
        hint: 'Say --normalize on, or take another --precision.',
      });
    }
    return { kind: 'vector', pooling, normalize, dimensions, element: precision };
  },
};
