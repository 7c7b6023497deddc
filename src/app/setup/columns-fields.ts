import type { InputPreview } from '../../core/job-api.ts';
import type { TaskKind } from '../../core/job-spec.ts';
import { el } from '../view/element.ts';
import { isReserved } from './guess-columns.ts';
import type { SetupForm } from './setup-form.ts';
import { field, selectOf, type ChangeForm } from './setup-panel.ts';

/** Which column is the text, which the id, which are kept: for the columns of one preview and the task. */
export function columnsFields(
  preview: InputPreview,
  task: TaskKind,
  change: ChangeForm,
): { element: HTMLElement; update(form: SetupForm): void } {
  const { columns } = preview;
  const keepable = columns.filter((column) => !isReserved(column, task));
  const text = selectOf(
    'text-column',
    columns.map((column) => ({ value: column, label: column })),
    (textColumn) => change({ textColumn }),
  );
  const id = selectOf(
    'id-column',
    [
      { value: '', label: 'None: count the rows' },
      ...keepable.map((column) => ({ value: column, label: column })),
    ],
    (column) => change({ idColumn: column === '' ? null : column }),
  );
  const boxes = keepable.map((column) => ({ column, box: el('input', { type: 'checkbox', value: column }) }));
  const keep = el(
    'fieldset',
    { class: 'keep' },
    el('legend', {}, 'Keep in the output'),
    el(
      'div',
      { class: 'checks' },
      ...boxes.map(({ column, box }) => el('label', { class: 'check' }, box, el('span', {}, column))),
    ),
    el('p', { class: 'help' }, 'The row number and the id are always written.'),
  );
  keep.addEventListener('change', () =>
    change({ keep: boxes.filter(({ box }) => box.checked).map(({ column }) => column) }),
  );
  return {
    element: el(
      'div',
      { class: 'columns' },
      el(
        'div',
        { class: 'fields' },
        preview.format === 'images' ? null : field('Text column', text),
        field('Id column', id),
      ),
      keep,
    ),
    update(form) {
      text.value = form.textColumn ?? '';
      id.value = form.idColumn ?? '';
      for (const { column, box } of boxes) box.checked = form.keep.includes(column);
    },
  };
}
