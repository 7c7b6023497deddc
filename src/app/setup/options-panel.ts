import { DTYPE_CHOICES, type DtypeChoice } from '../../core/dtype.ts';
import { DEVICE_CHOICES, type DeviceChoice, type TaskKind } from '../../core/job-spec.ts';
import { el, setText, show } from '../view/element.ts';
import { outputFields } from './output-fields.ts';
import { isOfImages, type SetupForm } from './setup-form.ts';
import {
  choices,
  field,
  numberInput,
  selectOf,
  setupSection,
  type ChangeForm,
  type SetupPanel,
} from './setup-panel.ts';
import { longTextFields } from './long-text-fields.ts';
import { taskFields } from './task-fields.ts';

const DEVICE_LABELS: Readonly<Record<DeviceChoice, string>> = {
  auto: 'Automatic',
  webgpu: 'GPU (WebGPU)',
  wasm: 'Processor (WebAssembly)',
};

const DTYPE_LABELS: Readonly<Record<DtypeChoice, string>> = {
  auto: 'Automatic',
  fp32: '32-bit floats (fp32)',
  fp16: '16-bit floats (fp16)',
  q4: '4-bit blocks (q4)',
  q4f16: '4-bit blocks, 16-bit floats (q4f16)',
  q8: 'Dynamic int8 (q8), processor only',
};

const DEDUPE: readonly { readonly value: 'on' | 'off'; readonly label: string }[] = [
  { value: 'on', label: 'Computed once' },
  { value: 'off', label: 'Computed each' },
];

/** Step 3: task, device, output and what else may be set. */
export function optionsPanel(change: ChangeForm, changeTask: (task: TaskKind) => void): SetupPanel {
  const task = taskFields(change, changeTask);
  const device = selectOf('device', choices(DEVICE_CHOICES, DEVICE_LABELS), (value) =>
    change({ device: value }),
  );
  const deviceHelp = el('p', { class: 'help' });
  const output = outputFields(change);
  const dtype = selectOf('dtype', choices(DTYPE_CHOICES, DTYPE_LABELS), (value) => change({ dtype: value }));
  const batchTokens = numberInput('batch-tokens', 1, (text) => change({ batchTokens: text }));
  const maxLength = numberInput('max-length', 3, (text) => change({ maxLength: text }), 'As the model says');
  const maxLengthField = field('Longest row, in tokens', maxLength);
  const long = longTextFields(change);
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
      field('Equal rows', dedupe, el('p', { class: 'help' }, 'Each row gets its result either way.')),
      maxLengthField,
      ...long.elements,
      ...task.more,
      ...output.more,
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
    el('div', { class: 'fields' }, task.task, field('Device', device, deviceHelp), output.format),
    more,
  );
  return {
    element,
    update(form) {
      device.value = form.device;
      task.update(form);
      long.update(form);
      show(maxLengthField, !isOfImages(form));
      output.update(form);
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
        task.asUsual(form) &&
        output.asUsual(form);
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
