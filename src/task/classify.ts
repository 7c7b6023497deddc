import { JobError } from '../core/job-error.ts';
import { anyRows } from './any-rows.ts';
import type { Task } from './task.ts';

/** A text or a picture -> its best labels and their scores. */
export const classifyTask: Task<'classify'> = {
  kind: 'classify',
  ...anyRows,

  finish: ({ topK, activation }, { name, classes }) => {
    if (classes === null) throw new JobError('INTERNAL', `${name} was read without its labels.`);
    return { kind: 'labels', activation: activation ?? classes.activation, topK, labels: classes.labels };
  },
};
