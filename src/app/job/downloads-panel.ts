import type { OutputFormat } from '../../core/job-spec.ts';
import type { ExportedFile } from '../files/exported-files.ts';
import { offerOutputs, OUTPUT_CHOICES } from '../setup/options-panel.ts';
import { selectOf } from '../setup/setup-panel.ts';
import { el, show } from '../view/element.ts';
import { bytesText } from '../view/format-text.ts';
import type { RunView } from './run-view.ts';

/** The output files as links, and the same results in another format. @param isBatch the input is OpenAI Batch requests */
export function downloadsPanel(
  format: OutputFormat,
  isBatch: boolean,
  onExport: (format: OutputFormat) => void,
): { element: HTMLElement; update(view: RunView): void } {
  const title = el('h2', { id: 'downloads-title' }, 'Files');
  const list = el('ul', { class: 'files' });
  const select = selectOf('export-format', OUTPUT_CHOICES, () => undefined);
  offerOutputs(select, isBatch);
  select.value = format;
  const button = el(
    'button',
    { type: 'button', onclick: () => onExport(OUTPUT_CHOICES[select.selectedIndex]?.value ?? format) },
    'Export',
  );
  const again = el(
    'div',
    { class: 'inline-field' },
    el('label', { htmlFor: select.id }, 'Export as'),
    select,
    button,
  );
  const element = el(
    'section',
    { class: 'card downloads', attr: { 'aria-labelledby': title.id } },
    title,
    list,
    again,
  );
  let shown: readonly ExportedFile[] = [];
  let urls: readonly string[] = [];
  return {
    element,
    update(view) {
      const ready = view.computed && view.phase !== 'cancelling';
      if (!show(element, ready)) return;
      button.disabled = view.phase === 'exporting';
      if (view.files === shown) return;
      shown = view.files;
      for (const url of urls) URL.revokeObjectURL(url);
      urls = shown.map(({ file }) => URL.createObjectURL(file));
      list.replaceChildren(...shown.map((file, index) => el('li', {}, ...linkOf(file, urls[index] ?? ''))));
    },
  };
}

function linkOf({ name, file }: ExportedFile, url: string): readonly HTMLElement[] {
  const isQuarantine = /\.(?:quarantine|errors)\.jsonl$/.test(name);
  return [
    el('span', { class: 'file-name' }, name),
    el('span', { class: 'file-size' }, bytesText(file.size)),
    el(
      'a',
      {
        class: isQuarantine ? 'button' : 'button primary',
        href: url,
        download: name,
        ariaLabel: `Download ${name}`,
      },
      'Download',
    ),
  ];
}
