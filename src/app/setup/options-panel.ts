import type { DtypeChoice } from '../../core/dtype.ts';
import type { DeviceChoice, OutputFormat, TaskKind } from '../../core/job-spec.ts';
import { el, setText } from '../view/element.ts';
import type { SetupForm } from './setup-form.ts';
import {
  field,
  numberInput,
  selectOf,
  setupSection,
  type ChangeForm,
  type SetupPanel,
} from './setup-panel.ts';
import { taskFields } from './task-fields.ts';

const DEVICES: readonly { readonly value: DeviceChoice; readonly label: string }[] = [
  { value: 'auto', label: 'Automatic' },
  { value: 'webgpu', label: 'GPU (WebGPU)' },
  { value: 'wasm', label: 'Processor (WebAssembly)' },
];

const DTYPES: readonly { readonly value: DtypeChoice; readonly label: string }[] = [
  { value: 'auto', label: 'Automatic' },
  { value: 'fp32', label: '32-bit floats (fp32)' },
  { value: 'fp16', label: '16-bit floats (fp16)' },
  { value: 'q4', label: '4-bit blocks (q4)' },
  { value: 'q4f16', label: '4-bit blocks, 16-bit floats (q4f16)' },
  { value: 'q8', label: 'Dynamic int8 (q8), processor only' },
];

/** Output formats with their labels, in the order they are offered. */
export const OUTPUT_CHOICES: readonly { readonly value: OutputFormat; readonly label: string }[] = [
  { value: 'parquet', label: 'Parquet' },
  { value: 'arrow', label: 'Arrow (Feather)' },
  { value: 'npy', label: 'NumPy (.npy + ids)' },
  { value: 'jsonl', label: 'JSON Lines' },
  { value: 'csv', label: 'CSV' },
  { value: 'openai', label: 'OpenAI Batch output' },
];

/** Offers what the input can be written as: only OpenAI Batch requests are answered in kind. */
export function offerOutputs(select: HTMLSelectElement, isBatch: boolean): void {
  for (const [index, { value }] of OUTPUT_CHOICES.entries()) {
    const option = select.options[index];
    if (option !== undefined && value === 'openai') option.hidden = option.disabled = !isBatch;
  }
}

const DEDUPE: readonly { readonly value: 'on' | 'off'; readonly label: string }[] = [
  { value: 'on', label: 'Computed once' },
  { value: 'off', label: 'Computed each' },
];

/** Step 3: task, device, output and what else may be set. */
export function optionsPanel(change: ChangeForm, changeTask: (task: TaskKind) => void): SetupPanel {
  const task = taskFields(change, changeTask);
  const device = selectOf('device', DEVICES, (value) => change({ device: value }));
  const deviceHelp = el('p', { class: 'help' });
  const format = selectOf('output-format', OUTPUT_CHOICES, (outputFormat) => change({ outputFormat }));
  const dtype = selectOf('dtype', DTYPES, (value) => change({ dtype: value }));
  const batchTokens = numberInput('batch-tokens', 1, (text) => change({ batchTokens: text }));
  const maxLength = numberInput('max-length', 3, (text) => change({ maxLength: text }), 'As the model says');
  const dedupe = selectOf('dedupe', DEDUPE, (value) => change({ dedupe: value === 'on' }));
  const maxQuarantine = el('input', { id: 'max-quarantine', type: 'text', placeholder: 'Automatic' });
  maxQuarantine.addEventListener('input', () => change({ maxQuarantine: maxQuarantine.value }));
  const more = el(
    'details',
    { class: 'disclosure' },
    el('summary', {}, 'More options'),
    el(
      'div',
      { class: 'fields' },
      field(
        'Weights',
        dtype,
        el(
          'p',
          { class: 'help' },
          'Which of the model’s files. Automatic: what is fast and right on the device.',
        ),
      ),
      field(
        'Batch tokens',
        batchTokens,
        el(
          'p',
          { class: 'help' },
          'Most padded tokens in one batch. Left empty: as is fastest here, found on the first rows.',
        ),
      ),
      field(
        'Rows with equal text',
        dedupe,
        el('p', { class: 'help' }, 'Each row gets its result either way.'),
      ),
      field('Longest row, in tokens', maxLength, el('p', { class: 'help' }, 'Longer rows are cut.')),
      ...task.more,
      field(
        'Most rows in quarantine',
        maxQuarantine,
        el(
          'p',
          { class: 'help' },
          'A number, or a share such as 1%. Left empty: more than half of at least 1,000 rows stop the job.',
        ),
      ),
    ),
  );
  const element = setupSection(
    'options',
    '3. Options',
    el(
      'div',
      { class: 'fields' },
      task.task,
      field('Device', device, deviceHelp),
      field('Output format', format),
    ),
    more,
  );
  return {
    element,
    update(form) {
      device.value = form.device;
      offerOutputs(format, form.inputFormat === 'openai');
      format.value = form.outputFormat;
      task.update(form);
      dtype.value = form.dtype;
      dedupe.value = form.dedupe ? 'on' : 'off';
      if (batchTokens.value !== form.batchTokens) batchTokens.value = form.batchTokens;
      if (maxLength.value !== form.maxLength) maxLength.value = form.maxLength;
      if (maxQuarantine.value !== form.maxQuarantine) maxQuarantine.value = form.maxQuarantine;
      const asUsual =
        form.maxQuarantine === '' &&
        form.dtype === 'auto' &&
        form.batchTokens === '' &&
        form.dedupe &&
        task.asUsual(form);
      if (!asUsual) more.open = true;
      setText(deviceHelp, deviceText(form));
    },
  };
}

function deviceText(form: SetupForm): string {
  if (form.device === 'wasm') return 'Runs everywhere; slower than a GPU.';
  if (form.device === 'webgpu') return 'Takes any adapter that WebGPU offers, even a software one.';
  if (form.autoDevice === null) return 'A hardware GPU if there is one, else the processor.';
  return `Here: ${form.autoDevice.label} – ${form.autoDevice.reason}.`;
}
