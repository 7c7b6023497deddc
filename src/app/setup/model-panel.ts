import { hasPickers } from '../files/file-system-access.ts';
import { el, setText, show } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import type { ErrorView } from '../view/error-view.ts';
import { countText } from '../view/format-text.ts';
import { pickButton } from '../view/pick-button.ts';
import type { SetupForm } from './setup-form.ts';
import { setupSection, type ChangeForm, type SetupPanel } from './setup-panel.ts';

export type ModelActions = {
  readonly change: ChangeForm;
  readonly pickHandle: () => Promise<void>;
  readonly pickFiles: (files: readonly File[]) => void;
};

/** Step 2: the demo model or a model directory. */
export function modelPanel(actions: ModelActions): SetupPanel {
  const radio = (kind: SetupForm['modelKind']): HTMLInputElement =>
    el('input', {
      type: 'radio',
      name: 'model',
      value: kind,
      onchange: () => actions.change({ modelKind: kind }),
    });
  const demo = radio('demo');
  const folder = radio('folder');
  const choose = pickButton({
    label: 'Choose the folder…',
    inputLabel: 'Model folder',
    folder: true,
    openPicker: hasPickers() ? actions.pickHandle : null,
    onFiles: actions.pickFiles,
  });
  const chosen = el('p', { class: 'chosen' });
  const failed = el('div', {});
  const folderFields = el('div', { class: 'choice-fields' }, chosen, choose, failed);
  const element = setupSection(
    'model',
    '2. Model',
    el(
      'div',
      { class: 'choices', role: 'radiogroup', attr: { 'aria-labelledby': 'model-title' } },
      choice(
        demo,
        'Demo model',
        'Averaged GloVe word vectors: 30,000 English words, 100 dimensions. For text; ships with Millrace, quick on any machine.',
      ),
      choice(
        folder,
        'A model directory',
        'A Hugging Face directory on this machine: config.json, onnx/model.onnx, and for text tokenizer.json, for pictures preprocessor_config.json.',
      ),
    ),
    folderFields,
  );
  let seenError: ErrorView | null = null;
  return {
    element,
    update(form) {
      demo.checked = form.modelKind === 'demo';
      folder.checked = form.modelKind === 'folder';
      show(folderFields, form.modelKind === 'folder');
      const count = form.model === null ? 0 : Object.keys(form.model.ref.files).length;
      const wanted =
        form.loadedSpec === null || form.modelKind !== 'folder'
          ? ''
          : `The job spec names ${form.loadedSpec.model.path}`;
      const text = form.model === null ? wanted : `${form.model.ref.name} · ${countText(count)} files`;
      if (show(chosen, text !== '')) setText(chosen, text);
      setText(
        choose.querySelector('button') ?? choose,
        form.model === null ? 'Choose the folder…' : 'Choose another…',
      );
      if (seenError !== form.modelError)
        failed.replaceChildren(...(form.modelError === null ? [] : [errorPanel(form.modelError)]));
      seenError = form.modelError;
    },
  };
}

function choice(radio: HTMLInputElement, title: string, text: string): HTMLElement {
  radio.setAttribute('aria-label', title);
  const help = el('span', { class: 'help', id: `model-${radio.value}-help` }, text);
  radio.setAttribute('aria-describedby', help.id);
  return el(
    'label',
    { class: 'choice' },
    radio,
    el('span', { class: 'choice-text' }, el('span', { class: 'choice-title' }, title), help),
  );
}
