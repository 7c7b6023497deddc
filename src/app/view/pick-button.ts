import { el } from './element.ts';

export type PickButtonOptions = {
  readonly label: string;
  /** Name of the hidden file input, for tests and for assistive tools that drive it. */
  readonly inputLabel: string;
  readonly class?: string;
  /** As of `<input accept>`; left out: any file. */
  readonly accept?: string;
  readonly folder?: boolean;
  readonly multiple?: boolean;
  /** Opens the browser's own picker that gives a handle, where there is one; null: the file input is used. */
  readonly openPicker: (() => Promise<void>) | null;
  readonly onFiles: (files: readonly File[]) => void;
};

/** A button that opens a file picker, and the file input behind it for browsers without File System Access. */
export function pickButton(options: PickButtonOptions): HTMLElement {
  const input = el('input', {
    type: 'file',
    hidden: true,
    ariaLabel: options.inputLabel,
    accept: options.accept ?? '',
    webkitdirectory: options.folder ?? false,
    multiple: options.multiple ?? false,
  });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // Cleared so that choosing the same file again counts as a choice.
    input.value = '';
    if (files.length > 0) options.onFiles(files);
  });
  const { openPicker } = options;
  const button = el(
    'button',
    {
      type: 'button',
      class: options.class ?? '',
      onclick: () => (openPicker === null ? input.click() : void openPicker()),
    },
    options.label,
  );
  return el('span', { class: 'pick' }, button, input);
}
