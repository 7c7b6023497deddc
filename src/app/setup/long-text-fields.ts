import type { LongChoice } from '../../core/long-texts.ts';
import { el, show } from '../view/element.ts';
import type { SetupForm } from './setup-form.ts';
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
    elements: [field('Longer texts', long), overlapField],
    update(form) {
      long.value = form.long;
      if (overlap.value !== form.overlap) overlap.value = form.overlap;
      show(overlapField, form.long !== 'truncate');
      // There is nothing to pool of labels.
      long.options[2]!.disabled = form.task === 'classify';
    },
  };
}
