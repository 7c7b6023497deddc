import { INPUT_FORMAT_WORDS } from '../../core/format-words.ts';
import { INPUT_FORMATS } from '../../core/input-format.ts';
import { type TaskKind } from '../../core/job-spec.ts';
import { DATASET_EXTENSIONS, hasPickers } from '../files/file-system-access.ts';
import { inputLabel } from '../files/input-file.ts';
import { el, setText, show } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import { bytesText } from '../view/format-text.ts';
import { pickButton } from '../view/pick-button.ts';
import { columnsFields } from './columns-fields.ts';
import { previewTable } from './preview-table.ts';
import { readingFields, type ReadAs } from './reading-fields.ts';
import { missingColumns, type PreviewState, type SetupForm } from './setup-form.ts';
import { setupSection, type ChangeForm, type SetupPanel } from './setup-panel.ts';

export type InputActions = {
  readonly change: ChangeForm;
  readonly pickHandle: () => Promise<void>;
  readonly pickFolder: () => Promise<void>;
  readonly pickFiles: (files: readonly File[]) => void;
  /** Files of a folder, by their paths in it. */
  readonly pickFolderFiles: (files: readonly File[]) => void;
  readonly readAs: ReadAs;
};

/** Step 1: the dataset, its first rows and its columns. */
export function inputPanel(actions: InputActions): SetupPanel {
  const dropTitle = el('p', { class: 'drop-title' }, 'Drop files or a folder anywhere on this page');
  const choose = pickButton({
    label: 'Choose a file…',
    inputLabel: 'Dataset file',
    accept: DATASET_EXTENSIONS.join(','),
    openPicker: hasPickers() ? actions.pickHandle : null,
    multiple: true,
    onFiles: actions.pickFiles,
  });
  const chooseFolder = pickButton({
    label: 'Choose a folder…',
    inputLabel: 'Dataset folder',
    class: 'quiet',
    folder: true,
    openPicker: hasPickers() ? actions.pickFolder : null,
    onFiles: actions.pickFolderFiles,
  });
  const help = el(
    'p',
    { class: 'help' },
    'JSON Lines, CSV, TSV, text, Parquet, Arrow, OpenAI Batch requests; a folder of pictures or text files; ZIP archives of all these, and lines packed with gzip or Zstandard. Of any size, and several files are one dataset. They stay on this machine.',
  );
  const chosen = el('p', { class: 'chosen' });
  const drop = el('div', { class: 'drop' }, dropTitle, chosen, choose, chooseFolder, help);
  const details = el('div', { class: 'details' });
  const element = setupSection('dataset', '1. Dataset', drop, details);

  let seen: { preview: PreviewState; textColumn: string | null; missing: string; task: TaskKind } | null =
    null;
  let columns: ReturnType<typeof columnsFields> | null = null;
  let table: HTMLElement | null = null;

  const rebuild = (form: SetupForm): void => {
    columns = null;
    table = null;
    const { preview } = form;
    if (preview.kind === 'none') details.replaceChildren();
    else if (preview.kind === 'reading')
      details.replaceChildren(el('p', { class: 'help', role: 'status' }, 'Reading the first rows…'));
    else if (preview.kind === 'failed') details.replaceChildren(failure(preview, actions));
    else {
      columns = columnsFields(preview.preview, form.task, actions.change);
      table = previewTable(preview.preview, form.textColumn);
      const missing = missingColumns(form);
      details.replaceChildren(
        ...(missing.length === 0 ? [] : [missingNote(missing)]),
        table,
        readingFields(preview.preview, form.parse, actions.readAs),
        preview.preview.format === 'openai' ? batchNote() : columns.element,
      );
    }
  };

  return {
    element,
    update(form) {
      drop.classList.toggle('has-file', form.input !== null);
      show(dropTitle, form.input === null);
      show(help, form.input === null);
      if (show(chosen, form.input !== null) && form.input !== null) {
        setText(chosen, `${inputLabel(form.input)} · ${bytesText(form.input.byteLength)}`);
      }
      setText(
        choose.querySelector('button') ?? choose,
        form.input === null ? 'Choose a file…' : 'Choose another…',
      );
      const missing = missingColumns(form).join('\n');
      if (seen?.preview !== form.preview || seen.missing !== missing || seen.task !== form.task)
        rebuild(form);
      else if (seen.textColumn !== form.textColumn && form.preview.kind === 'ready') {
        const next = previewTable(form.preview.preview, form.textColumn);
        table?.replaceWith(next);
        table = next;
      }
      seen = { preview: form.preview, textColumn: form.textColumn, missing, task: form.task };
      columns?.update(form);
    },
  };
}

function failure(preview: Extract<PreviewState, { kind: 'failed' }>, actions: InputActions): HTMLElement {
  if (preview.error.code !== 'INPUT_FORMAT') return errorPanel(preview.error);
  const buttons = INPUT_FORMATS.map((format) =>
    el(
      'button',
      { type: 'button', onclick: () => actions.readAs(format, {}) },
      `Read as ${INPUT_FORMAT_WORDS[format]}`,
    ),
  );
  return errorPanel({ ...preview.error, hint: 'Say what it is:' }, ...buttons);
}

function batchNote(): HTMLElement {
  return el(
    'div',
    { class: 'notice', role: 'status' },
    el(
      'p',
      { class: 'notice-message' },
      'OpenAI Batch requests, an input a row. They are answered in kind: an output file, and an error file for requests that are refused. To have them as plain rows, read the file as JSON Lines.',
    ),
  );
}

function missingNote(missing: readonly string[]): HTMLElement {
  return el(
    'div',
    { class: 'notice notice-warning', role: 'status' },
    el(
      'p',
      { class: 'notice-message' },
      `The job spec names columns that this file does not have: ${missing.join(', ')}.`,
    ),
  );
}
