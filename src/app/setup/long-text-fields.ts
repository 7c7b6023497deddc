import type { LongChoice } from '../../core/long-texts.ts';
import { el, show } from '../view/element.ts';
import { isOfImages, type SetupForm } from './setup-form.ts';
import { field, numberInput, selectOf, type ChangeForm } from './setup-panel.ts';

const CHOICES: readonly { readonly value: LongChoice; readonly label: string }[] = [
  { value: 'truncate', label: 'Cut: the end is left out' },
  { value: 'split', label: 'Split: a row for each window' },
  { value: 'pool', label: 'Pool: one vector of all windows' },
];

/** What becomes of texts that are longer than the model. */
export function longTextFields(change: ChangeForm): {
  readonly elements: readonly HTMLElement[];
  update(form: SetupForm): void;
} {
  const long = selectOf('long', CHOICES, (value) => change({ long: value }));
  const longField = field('Longer texts', long);
  const overlap = numberInput('overlap', 0, (text) => change({ overlap: text }), 'An eighth of a window');
  const overlapField = field(
    'Overlap, in tokens',
    overlap,
    el(
      'p',
      { class: 'help' },
      'A window begins with the last words of the one before, so many tokens at most.',
    ),
  );
  return {
    elements: [longField, overlapField],
    update(form) {
      long.value = form.long;
      if (overlap.value !== form.overlap) overlap.value = form.overlap;
      show(longField, !isOfImages(form));
      show(overlapField, form.long !== 'truncate' && !isOfImages(form));
      // There is nothing to pool of labels.
      long.options[2]!.disabled = form.task === 'classify';
    },
  };
}
