import { ACTIVATIONS } from '../../core/finish.ts';
import { TASK_KINDS, type TaskKind } from '../../core/job-spec.ts';
import { VECTOR_ELEMENTS, type VectorElement } from '../../core/result-output.ts';
import { el, show } from '../view/element.ts';
import type { SetupForm } from './setup-form.ts';
import { choices, field, numberInput, selectOf, type ChangeForm } from './setup-panel.ts';
import { isTaskAsUsual } from './task-form.ts';

const TASK_LABELS: Readonly<Record<TaskKind, string>> = {
  embed: 'Vectors (embed)',
  classify: 'Labels (classify)',
};

const NORMALIZE: readonly { readonly value: SetupForm['normalize']; readonly label: string }[] = [
  { value: 'model', label: 'As the model says' },
  { value: 'yes', label: 'Yes, to length 1 (L2)' },
  { value: 'no', label: 'No' },
];

const PRECISION_LABELS: Readonly<Record<VectorElement, string>> = {
  float32: 'float32: 4 bytes a value',
  float16: 'float16: 2 bytes a value',
  int8: 'int8: 1 byte a value',
  binary: 'binary: 1 bit a value',
};

const ACTIVATION_LABELS: Readonly<Record<SetupForm['activation'], string>> = {
  model: 'As the model says',
  softmax: 'Softmax: one label is right',
  sigmoid: 'Sigmoid: each label by itself',
  none: 'None: as the model gives them',
};

export type TaskFields = {
  /** The choice of the task. */
  readonly task: HTMLElement;
  /** What may be set for it. */
  readonly more: readonly HTMLElement[];
  update(form: SetupForm): void;
  /** False when something of the task is set other than usual. */
  asUsual(form: SetupForm): boolean;
};

/** What becomes of each row: the task and its own options; those of the other task are hidden. */
export function taskFields(change: ChangeForm, changeTask: (task: TaskKind) => void): TaskFields {
  const task = selectOf('task', choices(TASK_KINDS, TASK_LABELS), changeTask);
  const normalize = selectOf('normalize', NORMALIZE, (value) => change({ normalize: value }));
  const precision = selectOf('precision', choices(VECTOR_ELEMENTS, PRECISION_LABELS), (value) =>
    change({ precision: value }),
  );
  const dimensions = numberInput('dimensions', 1, (text) => change({ dimensions: text }), 'All');
  const topK = numberInput('top-k', 1, (text) => change({ topK: text }), '1');
  const activation = selectOf(
    'activation',
    choices(['model', ...ACTIVATIONS] as const, ACTIVATION_LABELS),
    (value) => change({ activation: value }),
  );
  const cutHelp = el('p', { class: 'help' }, 'The first so many values are kept (Matryoshka).');
  const ofTask: Readonly<Record<TaskKind, readonly HTMLElement[]>> = {
    embed: [
      field('Normalise vectors', normalize),
      field('Precision of vectors', precision),
      field('Dimensions', dimensions, cutHelp),
    ],
    classify: [
      field('Labels a row', topK, el('p', { class: 'help' }, 'The best ones, with their scores.')),
      field('Scores', activation),
    ],
  };
  return {
    task: field('Result of each row', task),
    more: [...ofTask.embed, ...ofTask.classify],
    update(form) {
      task.value = form.task;
      normalize.value = form.normalize;
      precision.value = form.precision;
      activation.value = form.activation;
      if (dimensions.value !== form.dimensions) dimensions.value = form.dimensions;
      if (topK.value !== form.topK) topK.value = form.topK;
      for (const element of ofTask.embed) show(element, form.task === 'embed');
      for (const element of ofTask.classify) show(element, form.task === 'classify');
    },
    asUsual: isTaskAsUsual,
  };
}
