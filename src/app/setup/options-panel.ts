import type { DeviceChoice, OutputFormat } from '../../core/job-spec.ts';
import { el, setText } from '../view/element.ts';
import type { SetupForm } from './setup-form.ts';
import { field, selectOf, setupSection, type ChangeForm, type SetupPanel } from './setup-panel.ts';

const DEVICES: readonly { readonly value: DeviceChoice; readonly label: string }[] = [
  { value: 'auto', label: 'Automatic' },
  { value: 'webgpu', label: 'GPU (WebGPU)' },
  { value: 'wasm', label: 'Processor (WebAssembly)' },
];

/** Output formats with their labels, in the order they are offered. */
export const OUTPUT_CHOICES: readonly { readonly value: OutputFormat; readonly label: string }[] = [
  { value: 'parquet', label: 'Parquet' },
  { value: 'arrow', label: 'Arrow (Feather)' },
  { value: 'npy', label: 'NumPy (.npy + ids)' },
  { value: 'jsonl', label: 'JSON Lines' },
  { value: 'csv', label: 'CSV' },
];

const DEDUPE: readonly { readonly value: 'on' | 'off'; readonly label: string }[] = [
  { value: 'on', label: 'Computed once' },
  { value: 'off', label: 'Computed each' },
];

const NORMALIZE: readonly { readonly value: SetupForm['normalize']; readonly label: string }[] = [
  { value: 'model', label: 'As the model says' },
  { value: 'yes', label: 'Yes, to length 1 (L2)' },
  { value: 'no', label: 'No' },
];

/** Step 3: device, output and what else may be set. */
export function optionsPanel(change: ChangeForm): SetupPanel {
  const device = selectOf('device', DEVICES, (value) => change({ device: value }));
  const deviceHelp = el('p', { class: 'help' });
  const format = selectOf('output-format', OUTPUT_CHOICES, (outputFormat) => change({ outputFormat }));
  const batchTokens = numberInput('batch-tokens', 1, (text) => change({ batchTokens: text }));
  const maxLength = numberInput('max-length', 3, (text) => change({ maxLength: text }));
  maxLength.placeholder = 'As the model says';
  const normalize = selectOf('normalize', NORMALIZE, (value) => change({ normalize: value }));
  const dedupe = selectOf('dedupe', DEDUPE, (value) => change({ dedupe: value === 'on' }));
  const more = el(
    'details',
    { class: 'disclosure' },
    el('summary', {}, 'More options'),
    el(
      'div',
      { class: 'fields' },
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
        el('p', { class: 'help' }, 'Each row gets its vector either way.'),
      ),
      field('Longest row, in tokens', maxLength, el('p', { class: 'help' }, 'Longer rows are cut.')),
      field('Normalise vectors', normalize),
    ),
  );
  const element = setupSection(
    'options',
    '3. Options',
    el('div', { class: 'fields' }, field('Device', device, deviceHelp), field('Output format', format)),
    more,
  );
  return {
    element,
    update(form) {
      device.value = form.device;
      format.value = form.outputFormat;
      normalize.value = form.normalize;
      dedupe.value = form.dedupe ? 'on' : 'off';
      if (batchTokens.value !== form.batchTokens) batchTokens.value = form.batchTokens;
      if (maxLength.value !== form.maxLength) maxLength.value = form.maxLength;
      const asUsual =
        form.batchTokens === '' && form.dedupe && form.maxLength === '' && form.normalize === 'model';
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

function numberInput(id: string, min: number, onInput: (text: string) => void): HTMLInputElement {
  const input = el('input', {
    id,
    type: 'number',
    min: String(min),
    step: '1',
    inputMode: 'numeric',
    placeholder: 'Automatic',
  });
  input.addEventListener('input', () => onInput(input.value));
  return input;
}
