import { JobError } from '../core/job-error.ts';
import type { Task } from './task.ts';
import { textColumns, textPreparer } from './text-rows.ts';

/** A text -> its best labels and their scores. */
export const classifyTask: Task<'classify'> = {
  kind: 'classify',
  readColumns: textColumns,
  createPreparer: textPreparer,

  finish: ({ topK, activation }, { name, classes }) => {
    if (classes === null) throw new JobError('INTERNAL', `${name} was read without its labels.`);
    return { kind: 'labels', activation: activation ?? classes.activation, topK, labels: classes.labels };
  },
};
