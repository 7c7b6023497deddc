import {
  COMPRESSIONS,
  OUTPUT_FORMATS,
  type Compression,
  type OutputFormat,
} from '../../core/output-format.ts';
import { el, show } from '../view/element.ts';
import { isOutputAsUsual } from './output-form.ts';
import type { SetupForm } from './setup-form.ts';
import { choices, field, numberInput, selectOf, type ChangeForm } from './setup-panel.ts';

const OUTPUT_LABELS: Readonly<Record<OutputFormat, string>> = {
  parquet: 'Parquet',
  arrow: 'Arrow (Feather)',
  arrows: 'Arrow, as a stream',
  npy: 'NumPy (.npy + ids)',
  jsonl: 'JSON Lines',
  csv: 'CSV',
  openai: 'OpenAI Batch output',
};

const COMPRESSION_LABELS: Readonly<Record<Compression, string>> = {
  auto: 'Automatic',
  zstd: 'Zstd',
  none: 'None',
};

/** Output formats with their labels, in the order they are offered. */
export const OUTPUT_CHOICES = choices(OUTPUT_FORMATS, OUTPUT_LABELS);

/** Offers what the input can be written as: only OpenAI Batch requests are answered in kind. */
export function offerOutputs(select: HTMLSelectElement, isBatch: boolean): void {
  for (const [index, { value }] of OUTPUT_CHOICES.entries()) {
    const option = select.options[index];
    if (option !== undefined && value === 'openai') option.hidden = option.disabled = !isBatch;
  }
}

export type OutputFields = {
  /** The choice of the format. */
  readonly format: HTMLElement;
  /** What may be set beside it. */
  readonly more: readonly HTMLElement[];
  update(form: SetupForm): void;
  /** False when something is set other than usual. */
  asUsual(form: SetupForm): boolean;
};

/** What the results are written as. */
export function outputFields(change: ChangeForm): OutputFields {
  const format = selectOf('output-format', OUTPUT_CHOICES, (outputFormat) => change({ outputFormat }));
  const rowsPerFile = numberInput('rows-per-file', 1, (text) => change({ rowsPerFile: text }), 'All in one');
  const guard = el('input', { id: 'csv-guard', type: 'checkbox' });
  guard.addEventListener('change', () => change({ csvGuard: guard.checked }));
  const guardField = field(
    'Guard for spreadsheets',
    guard,
    el('p', { class: 'help' }, 'An apostrophe before text that a spreadsheet would run as a formula.'),
  );
  const rowsHelp = el('p', { class: 'help' }, 'Results in several files of so many rows each.');
  const rowsField = field('Rows in a file', rowsPerFile, rowsHelp);
  const compression = selectOf('compression', choices(COMPRESSIONS, COMPRESSION_LABELS), (value) =>
    change({ compression: value }),
  );
  const compressionField = field('Compression', compression);
  return {
    format: field('Output format', format),
    more: [rowsField, guardField, compressionField],
    update(form) {
      offerOutputs(format, form.inputFormat === 'openai');
      format.value = form.outputFormat;
      if (rowsPerFile.value !== form.rowsPerFile) rowsPerFile.value = form.rowsPerFile;
      guard.checked = form.csvGuard;
      compression.value = form.compression;
      show(guardField, form.outputFormat === 'csv');
      show(rowsField, form.outputFormat !== 'openai');
      show(compressionField, form.outputFormat === 'parquet');
    },
    asUsual: isOutputAsUsual,
  };
}
