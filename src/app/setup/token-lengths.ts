import type { TokenLengths } from '../../core/input-inspection.ts';
import { lengthWords, truncatedWords } from '../../core/inspection-words.ts';
import { el } from '../view/element.ts';
import { countText } from '../view/format-text.ts';

/** Lengths of the sample's texts for the chosen model: a bar for each range, and how many will be cut. */
export function tokenLengths(tokens: TokenLengths): HTMLElement {
  const { model, rows, histogram, maxLength } = tokens;
  const most = Math.max(...histogram.map((bar) => bar.rows), 1);
  const bars = histogram.map((bar, index) => {
    const from = (histogram[index - 1]?.upTo ?? 0) + 1;
    const range = from === bar.upTo ? countText(from) : `${countText(from)} to ${countText(bar.upTo)}`;
    return el(
      'tr',
      { class: from > maxLength ? 'is-cut' : '' },
      el('th', { scope: 'row' }, range),
      el('td', {}, el('meter', { max: most, value: bar.rows, ariaLabel: `${range} tokens` })),
      el('td', { class: 'number' }, countText(bar.rows)),
    );
  });
  const head = ['Tokens', '', 'Rows'].map((name) => el('th', { scope: 'col' }, name));
  return el(
    'div',
    { class: 'lengths' },
    el('h3', {}, 'Lengths in tokens'),
    el('p', { class: 'help' }, `${model}, of ${countText(rows)} texts: ${lengthWords(tokens)}.`),
    el(
      'table',
      { class: 'histogram' },
      el('caption', { class: 'visually-hidden' }, 'Rows by length in tokens'),
      el('thead', {}, el('tr', {}, ...head)),
      el('tbody', {}, ...bars),
    ),
    el('p', { class: 'truncated' }, `Of these, ${truncatedWords(tokens)}.`),
  );
}
