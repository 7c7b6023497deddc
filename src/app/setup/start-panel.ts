import { inputLabel } from '../files/input-file.ts';
import { el, setText, show } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import { toErrorView, type ErrorView } from '../view/error-view.ts';
import { specFromForm, stillNeeded, type SetupForm } from './setup-form.ts';
import type { SetupPanel } from './setup-panel.ts';

/** What is about to happen, in a few lines, and the button that makes it happen. */
export function startPanel(onStart: () => void): SetupPanel {
  const dataset = el('dd', {});
  const model = el('dd', {});
  const output = el('dd', {});
  const reason = el('p', { class: 'help', id: 'start-reason', role: 'status' });
  const start = el(
    'button',
    { type: 'button', class: 'primary wide', onclick: onStart, attr: { 'aria-describedby': reason.id } },
    'Start',
  );
  const failed = el('div', {});
  const heading = el('h2', { id: 'start-title' }, 'Job');
  const element = el(
    'section',
    { class: 'card start', attr: { 'aria-labelledby': heading.id } },
    heading,
    el(
      'dl',
      { class: 'facts' },
      el('dt', {}, 'Dataset'),
      dataset,
      el('dt', {}, 'Model'),
      model,
      el('dt', {}, 'Output'),
      output,
    ),
    start,
    reason,
    failed,
  );
  let seenError: ErrorView | null = null;
  return {
    element,
    update(form) {
      const needed = problem(form);
      start.disabled = needed !== null;
      show(reason, needed !== null);
      setText(reason, needed ?? '');
      setText(dataset, form.input === null ? '–' : inputLabel(form.input));
      setText(model, form.modelKind === 'demo' ? 'Demo model' : (form.model?.ref.name ?? '–'));
      setText(output, outputText(form));
      if (form.startError !== seenError)
        failed.replaceChildren(...(form.startError === null ? [] : [errorPanel(form.startError)]));
      seenError = form.startError;
    },
  };
}

function outputText(form: SetupForm): string {
  if (stillNeeded(form) !== null) return '–';
  try {
    return specFromForm(form).output.path;
  } catch {
    return '–';
  }
}

function problem(form: SetupForm): string | null {
  const needed = stillNeeded(form);
  if (needed !== null) return needed;
  try {
    specFromForm(form);
    return null;
  } catch (thrown) {
    return toErrorView(thrown).message;
  }
}
