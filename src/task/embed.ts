import { INT8_NEEDS_NORMALIZED } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import { longTextsOf } from '../core/long-texts.ts';
import { pooledFrom } from '../core/pooled-output.ts';
import type { Task } from './task.ts';
import { textColumns, textPreparer } from './text-rows.ts';

/** A text -> its vector. */
export const embedTask: Task<'embed'> = {
  kind: 'embed',
  readColumns: textColumns,
  createPreparer: textPreparer,

  finish: (spec, { name, pooling, normalize }) => {
    const { precision = 'float32', dimensions = null } = spec;
    if (precision === 'int8' && !normalize) {
      throw new JobError('SPEC_INVALID', `${INT8_NEEDS_NORMALIZED}; those of ${name} are not.`, {
        hint: 'Say --normalize on, or take another --precision.',
      });
    }
    const element = longTextsOf(spec).long === 'pool' ? pooledFrom(precision) : precision;
    return { kind: 'vector', pooling, normalize, dimensions, element };
  },
};
