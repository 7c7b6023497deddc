import { el } from '../view/element.ts';
import type { SetupForm } from './setup-form.ts';

/** A part of the set-up screen: made once, updated whenever the form changes, so that focus and caret stay where they are. */
export interface SetupPanel {
  readonly element: HTMLElement;
  update(form: SetupForm): void;
}

/** Changes some fields of the form; the panels are updated afterwards. */
export type ChangeForm = (patch: Partial<SetupForm>) => void;

/** A titled step of the set-up screen. */
export function setupSection(
  id: string,
  title: string,
  ...children: readonly (HTMLElement | null)[]
): HTMLElement {
  const heading = el('h2', { id: `${id}-title` }, title);
  return el('section', { id, class: 'card', attr: { 'aria-labelledby': heading.id } }, heading, ...children);
}

/** A labelled control with a line of help under it. */
export function field(label: string, control: HTMLElement, help: HTMLElement | null = null): HTMLElement {
  if (help !== null) {
    help.id = `${control.id}-help`;
    control.setAttribute('aria-describedby', help.id);
  }
  return el('div', { class: 'field' }, el('label', { htmlFor: control.id }, label), control, help);
}

/** An input for a whole number, whose text is as typed. */
export function numberInput(
  id: string,
  min: number,
  onInput: (text: string) => void,
  placeholder = 'Automatic',
): HTMLInputElement {
  const input = el('input', {
    id,
    type: 'number',
    min: String(min),
    step: '1',
    inputMode: 'numeric',
    placeholder,
  });
  input.addEventListener('input', () => onInput(input.value));
  return input;
}

/** Every value there is, with its label. */
export function choices<T extends string>(
  values: readonly T[],
  labels: Readonly<Record<T, string>>,
): readonly { readonly value: T; readonly label: string }[] {
  return values.map((value) => ({ value, label: labels[value] }));
}

/** A select whose options are values with their labels. */
export function selectOf<T extends string>(
  id: string,
  options: readonly { readonly value: T; readonly label: string }[],
  onChange: (value: T) => void,
): HTMLSelectElement {
  const select = el('select', { id }, ...options.map(({ value, label }) => el('option', { value }, label)));
  select.addEventListener('change', () => {
    const chosen = options[select.selectedIndex];
    if (chosen !== undefined) onChange(chosen.value);
  });
  return select;
}
