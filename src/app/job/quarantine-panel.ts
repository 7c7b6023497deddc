import type { QuarantineRecord } from '../../core/quarantine.ts';
import { el, show } from '../view/element.ts';
import { clipText, countText } from '../view/format-text.ts';
import { isBusy, quarantinedCount, type RunView } from './run-view.ts';

const MAX_MESSAGE_CHARS = 300;

/** The first rows that were set aside, and why. @param onRetry runs them again; null where that cannot be */
export function quarantinePanel(onRetry: (() => void) | null): {
  element: HTMLElement;
  update(view: RunView): void;
} {
  const title = el('h2', { id: 'quarantine-title' });
  const note = el('p', { class: 'help' });
  const body = el('tbody', {});
  const table = el(
    'div',
    { class: 'table-scroll', tabIndex: 0, role: 'region', ariaLabel: 'Rows in quarantine' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el('tr', {}, ...['Row', 'Id', 'Code', 'Reason'].map((name) => el('th', { scope: 'col' }, name))),
      ),
      body,
    ),
  );
  const actions = el(
    'div',
    { class: 'actions' },
    el('button', { type: 'button', onclick: () => onRetry?.() }, 'Retry these rows'),
    el('p', { class: 'help' }, 'Mend them in the file first, each in its place: only they are run again.'),
  );
  const element = el(
    'section',
    { class: 'card quarantine', attr: { 'aria-labelledby': title.id } },
    title,
    note,
    onRetry === null ? null : actions,
    table,
  );
  let shown: readonly QuarantineRecord[] = [];
  return {
    element,
    update(view) {
      const count = quarantinedCount(view);
      if (!show(element, count > 0)) return;
      title.textContent = `${countText(count)} ${count === 1 ? 'row' : 'rows'} in quarantine`;
      note.textContent = noteText(count, view.quarantined.length);
      show(actions, onRetry !== null && view.computed && !isBusy(view));
      show(table, view.quarantined.length > 0);
      if (shown === view.quarantined) return;
      // The list only grows, unless another job took its place.
      const grown = shown.length > 0 && view.quarantined[0] === shown[0];
      if (!grown) body.replaceChildren();
      body.append(...view.quarantined.slice(grown ? shown.length : 0).map(rowOf));
      shown = view.quarantined;
    },
  };
}

function noteText(count: number, listed: number): string {
  const where = 'Each one, with its reason, is in the quarantine file beside the output.';
  if (listed === 0 || listed >= count) return where;
  return `${where} The first ${countText(listed)} of this run:`;
}

function rowOf(record: QuarantineRecord): HTMLElement {
  return el(
    'tr',
    {},
    el('td', {}, countText(record.row)),
    el('td', {}, clipText(record.id ?? '–', 60)),
    el('td', {}, el('code', {}, record.code)),
    el('td', {}, clipText(record.message, MAX_MESSAGE_CHARS)),
  );
}
