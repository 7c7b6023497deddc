import { factsText } from '../../core/format-words.ts';
import type { InputInspection } from '../../core/input-inspection.ts';
import { sampleWords, totalWords } from '../../core/inspection-words.ts';
import { el, setText, show } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import { bytesText, clipText, countText, rowsText } from '../view/format-text.ts';
import type { InspectionState } from './input-inspector.ts';
import { setupSection, type SetupPanel } from './setup-panel.ts';
import { tokenLengths } from './token-lengths.ts';

const MOST_COLUMNS = 100;
const MOST_CHARS = 240;

/** What is in the dataset, by a sample, before a job is started: rows, columns, lengths in tokens, and what looks wrong. */
export function inspectionPanel(): SetupPanel {
  const status = el('p', { class: 'help', role: 'status' });
  const found = el('div', { class: 'details' });
  const element = setupSection('inspection', '4. Before the start', status, found);
  let seen: InspectionState | null = null;
  return {
    element,
    update({ inspection: state }) {
      if (!show(element, state.kind !== 'none') || state === seen) return;
      seen = state;
      setText(status, statusText(state));
      // What was found of something else is not left standing.
      if (state.kind === 'ready') found.replaceChildren(...inspectionParts(state));
      else found.replaceChildren(...(state.kind === 'failed' ? [errorPanel(state.error)] : []));
    },
  };
}

function statusText(state: InspectionState): string {
  if (state.kind === 'looking') return 'Looking at a sample of the rows…';
  if (state.kind !== 'ready') return '';
  const { inspection } = state;
  const estimate = inspection.sampled === 'all' ? '' : ' What is said of the whole is an estimate.';
  return `Rows looked at: ${sampleWords(inspection)}.${estimate}`;
}

function inspectionParts({
  inspection,
  modelError,
}: Extract<InspectionState, { kind: 'ready' }>): readonly HTMLElement[] {
  const { tokens } = inspection;
  return [
    ...warnings(inspection),
    facts(inspection),
    ...(modelError === null ? [] : [errorPanel(modelError)]),
    ...(tokens === null ? [] : [tokenLengths(tokens)]),
    columnTable(inspection),
  ];
}

function facts(inspection: InputInspection): HTMLElement {
  const { format, facts: how, compression, byteLength, files, tokens } = inspection;
  const packed = compression === null ? '' : `, ${compression}`;
  const total = tokens?.jobTokens ?? null;
  const several = files === 1 ? '' : ` in ${files} files`;
  const rows: readonly (readonly [string, string])[] = [
    ['Format', `${factsText(format, how)}${packed}`],
    ['Size', `${bytesText(byteLength)}${several}`],
    ['Rows', totalWords(inspection)],
    ...(total === null ? [] : [['Tokens in all', `about ${countText(total)}`] as const]),
  ];
  return el(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  );
}

function warnings({ notes, problems }: InputInspection): readonly HTMLElement[] {
  if (notes.length === 0 && problems.length === 0) return [];
  return [
    el(
      'div',
      { class: 'notice notice-warning', role: 'status' },
      el('p', { class: 'notice-message' }, 'What looks wrong'),
      el(
        'ul',
        { class: 'plain-list' },
        ...notes.map((note) => el('li', {}, note)),
        ...problems.map(({ code, rows, example }) =>
          el(
            'li',
            {},
            `${rowsText(rows)} would be set aside: ${clipText(example, MOST_CHARS)} `,
            el('code', {}, code),
          ),
        ),
      ),
    ),
  ];
}

function columnTable({ columns, sampleRows, textColumn, idColumn }: InputInspection): HTMLElement {
  const head = ['Column', 'Holds', 'Empty'].map((name) => el('th', { scope: 'col' }, name));
  const body = columns.slice(0, MOST_COLUMNS).map(({ name, types, empty }) => {
    const role = name === textColumn ? ' (text)' : name === idColumn ? ' (id)' : '';
    const share = empty === 0 ? 'none' : `${rowsText(empty)} of ${sampleRows}`;
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, clipText(name, 60) + role),
      el('td', {}, types.join(' or ') || 'nothing'),
      el('td', {}, share),
    );
  });
  const more = columns.length - body.length;
  return el(
    'div',
    { class: 'table-scroll', tabIndex: 0, role: 'region', ariaLabel: 'Columns' },
    el(
      'table',
      { class: 'columns-found' },
      el('caption', { class: 'visually-hidden' }, 'Columns'),
      el('thead', {}, el('tr', {}, ...head)),
      el('tbody', {}, ...body),
    ),
    more > 0 ? el('p', { class: 'help' }, `${more} more columns are not shown here.`) : null,
  );
}
