import type { OutputFormat } from '../../core/output-format.ts';
import { isResult, type ExportedFile } from '../files/exported-files.ts';
import { hasPickers, pickOutputFolder } from '../files/file-system-access.ts';
import { saveToFolder } from '../files/save-to-folder.ts';
import { offerOutputs, OUTPUT_CHOICES } from '../setup/output-fields.ts';
import { selectOf } from '../setup/setup-panel.ts';
import { el, setText, show } from '../view/element.ts';
import { isDismissed, toErrorView } from '../view/error-view.ts';
import { bytesText, countText } from '../view/format-text.ts';
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
  const saved = el('span', { class: 'help', role: 'status' });
  const saveAll = el('button', { type: 'button', onclick: () => void save() }, 'Save all in a folder…');
  const together = el('div', { class: 'actions' }, saveAll, saved);
  const element = el(
    'section',
    { class: 'card downloads', attr: { 'aria-labelledby': title.id } },
    title,
    list,
    together,
    again,
  );

  async function save(): Promise<void> {
    try {
      const files = shown;
      const folder = await pickOutputFolder();
      saveAll.disabled = true;
      await saveToFolder(files, folder, (count) =>
        setText(saved, `${countText(count)} of ${countText(files.length)} files saved.`),
      );
    } catch (thrown) {
      if (!isDismissed(thrown)) setText(saved, `Not all is saved: ${toErrorView(thrown).message}`);
    } finally {
      saveAll.disabled = false;
    }
  }

  let shown: readonly ExportedFile[] = [];
  let urls: readonly string[] = [];
  return {
    element,
    update(view) {
      const ready = view.computed && view.phase !== 'cancelling';
      if (!show(element, ready)) return;
      button.disabled = view.phase === 'exporting';
      show(together, view.files.length > 1 && hasPickers());
      if (view.files === shown) return;
      shown = view.files;
      for (const url of urls) URL.revokeObjectURL(url);
      urls = shown.map(({ file }) => URL.createObjectURL(file));
      setText(saved, '');
      list.replaceChildren(...shown.map((file, index) => el('li', {}, ...linkOf(file, urls[index] ?? ''))));
    },
  };
}

function linkOf({ name, file }: ExportedFile, url: string): readonly HTMLElement[] {
  return [
    el('span', { class: 'file-name' }, name),
    el('span', { class: 'file-size' }, bytesText(file.size)),
    el(
      'a',
      {
        class: isResult(name) ? 'button primary' : 'button',
        href: url,
        // A name with a folder in it would be changed by the browser.
        download: name.replaceAll('/', '.'),
        ariaLabel: `Download ${name}`,
      },
      'Download',
    ),
  ];
}
