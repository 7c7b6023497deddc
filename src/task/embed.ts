import { INT8_NEEDS_NORMALIZED } from '../core/finish.ts';
import { JobError } from '../core/job-error.ts';
import { longTextsOf } from '../core/long-texts.ts';
import { pooledFrom } from '../core/pooled-output.ts';
import { anyRows } from './any-rows.ts';
import type { Task } from './task.ts';

/** A text or a picture -> its vector. */
export const embedTask: Task<'embed'> = {
  kind: 'embed',
  ...anyRows,

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
