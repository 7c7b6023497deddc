import type { Activation } from '../../core/finish.ts';
import type { JobSpec, TaskKind } from '../../core/job-spec.ts';
import type { LongChoice } from '../../core/long-texts.ts';
import type { VectorElement } from '../../core/result-output.ts';
import { isReserved } from './guess-columns.ts';

/** What the user chose for the task. Numbers are kept as typed. */
export type TaskForm = {
  readonly task: TaskKind;
  readonly maxLength: string;
  readonly long: LongChoice;
  /** Empty: an eighth of a window. */
  readonly overlap: string;
  readonly normalize: 'model' | 'yes' | 'no';
  readonly precision: VectorElement;
  /** Empty: all. */
  readonly dimensions: string;
  /** Empty: 1. */
  readonly topK: string;
  readonly activation: 'model' | Activation;
};

export const EMPTY_TASK_FORM: TaskForm = {
  task: 'embed',
  maxLength: '',
  long: 'truncate',
  overlap: '',
  normalize: 'model',
  precision: 'float32',
  dimensions: '',
  topK: '',
  activation: 'model',
};

/** The form of a task that a spec asks for. */
export function taskFormOf(task: JobSpec['task']): TaskForm {
  const form = {
    ...EMPTY_TASK_FORM,
    maxLength: task.maxLength?.toString() ?? '',
    long: task.long ?? 'truncate',
    overlap: task.overlap?.toString() ?? '',
  };
  if (task.kind === 'classify') {
    const topK = task.topK === 1 ? '' : String(task.topK);
    return { ...form, task: task.kind, topK, activation: task.activation ?? 'model' };
  }
  return {
    ...form,
    normalize: task.normalize === undefined ? 'model' : task.normalize ? 'yes' : 'no',
    precision: task.precision ?? 'float32',
    dimensions: task.dimensions?.toString() ?? '',
  };
}

/** The task that the form asks for, still to be checked; what is as usual is left out. */
export function taskFromForm(form: TaskForm): Record<string, unknown> {
  const { activation } = form;
  const options =
    form.task === 'classify'
      ? { ...typed('topK', form.topK), ...(activation === 'model' ? {} : { activation }) }
      : {
          ...{ model: {}, yes: { normalize: true }, no: { normalize: false } }[form.normalize],
          ...(form.precision === 'float32' ? {} : { precision: form.precision }),
          ...typed('dimensions', form.dimensions),
        };
  const long = form.long === 'truncate' ? {} : { long: form.long, ...typed('overlap', form.overlap) };
  return { kind: form.task, ...typed('maxLength', form.maxLength), ...long, ...options };
}

/** True when nothing is set but the task itself. */
export function isTaskAsUsual(form: TaskForm): boolean {
  return Object.keys(taskFromForm(form)).length === 1;
}

type ColumnChoice = { readonly idColumn: string | null; readonly keep: readonly string[] };

/** What changes with the task: columns that it writes itself cannot be kept. */
export function withTask(
  { idColumn, keep }: ColumnChoice,
  task: TaskKind,
): ColumnChoice & Pick<TaskForm, 'task'> {
  return {
    task,
    idColumn: idColumn !== null && isReserved(idColumn, task) ? null : idColumn,
    keep: keep.filter((column) => !isReserved(column, task)),
  };
}

/** A number as it was typed, under its name; nothing for an empty text. */
export function typed(name: string, text: string): Record<string, number> {
  return text.trim() === '' ? {} : { [name]: Number(text) };
}
