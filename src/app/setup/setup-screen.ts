import type { JobApi } from '../../core/job-api.ts';
import { JobError } from '../../core/job-error.ts';
import { datasetFormatOf, type InputFormat } from '../../core/input-format.ts';
import { parseOptionsOf, type JobSpec, type ParseOptions } from '../../core/job-spec.ts';
import type { Dropped } from '../files/dropped-items.ts';
import { pickDatasetFolder, pickDatasetHandles, pickModelHandle } from '../files/file-system-access.ts';
import {
  inputFromFiles,
  inputFromFolder,
  inputFromHandle,
  inputFromHandles,
  inputRef,
  type PickedInput,
} from '../files/input-file.ts';
import { modelFromFiles, modelFromHandle, type PickedModel } from '../files/model-folder.ts';
import { el } from '../view/element.ts';
import { isDismissed, toErrorView } from '../view/error-view.ts';
import { InputInspector } from './input-inspector.ts';
import { inputPanel } from './input-panel.ts';
import { inspectionPanel } from './inspection-panel.ts';
import { modelPanel } from './model-panel.ts';
import { optionsPanel } from './options-panel.ts';
import { readSpecFile } from './read-spec-file.ts';
import { EMPTY_FORM, specFromForm, withPreview, withSpec, type SetupForm } from './setup-form.ts';
import type { SetupPanel } from './setup-panel.ts';
import { specPanel } from './spec-panel.ts';
import { startPanel } from './start-panel.ts';
import { withTask } from './task-form.ts';

const PREVIEW_ROWS = 20;

/** By the names of its files; null when they do not say it, which the preview then tells: JSON Lines may be requests. */
function folderFormat(input: PickedInput): InputFormat | null {
  try {
    const format = datasetFormatOf(
      input.files.map(({ name }) => name),
      true,
    );
    return format === 'jsonl' ? null : format;
  } catch {
    return null;
  }
}

/** A job as it was set up. `model` is null for the demo model. */
export type SetupChoice = {
  readonly spec: JobSpec;
  readonly input: PickedInput;
  readonly model: PickedModel | null;
};

export interface SetupScreen {
  readonly element: HTMLElement;
  /** What was dropped on the page: a dataset, a model folder or a job spec. */
  takeDrop(dropped: readonly Dropped[]): void;
  dropFailed(thrown: unknown): void;
}

/** The form for a new job: dataset, model, options, spec, start. Keeps its choices while a job runs. */
export function createSetupScreen(api: JobApi, onStart: (choice: SetupChoice) => Promise<void>): SetupScreen {
  let form: SetupForm = EMPTY_FORM;
  let previews = 0;
  let starting = false;

  const change = (patch: Partial<SetupForm>): void => {
    form = { ...form, ...patch };
    for (const panel of panels) panel.update(form);
    inspector.look(form);
  };
  const inspector = new InputInspector(api, (inspection) => change({ inspection }));

  async function previewInput(
    input: PickedInput,
    inputFormat: InputFormat | null,
    parse: ParseOptions,
  ): Promise<void> {
    previews += 1;
    const mine = previews;
    change({ input, inputFormat, parse, preview: { kind: 'reading' } });
    try {
      const preview = await api.preview({
        input: inputRef(input),
        format: inputFormat,
        parse,
        rows: PREVIEW_ROWS,
      });
      // Another file may have been chosen meanwhile.
      if (mine === previews) change(withPreview(form, preview));
    } catch (thrown) {
      if (mine === previews) change({ preview: { kind: 'failed', error: toErrorView(thrown) } });
    }
  }

  const takeInput = (input: PickedInput): Promise<void> => {
    const [first] = input.files;
    if (first !== undefined && !input.folder && first.name.toLowerCase().endsWith('.json'))
      return loadSpec(first.file);
    // A format that was said for one file says nothing of the next, unless a spec says so.
    const said = form.loadedSpec?.input;
    const format = said?.format ?? (input.folder ? folderFormat(input) : null);
    return previewInput(input, format, said === undefined ? {} : parseOptionsOf(said));
  };

  async function takeModel(pick: () => Promise<PickedModel>): Promise<void> {
    try {
      change({ modelKind: 'folder', model: await pick(), modelError: null });
    } catch (thrown) {
      if (!isDismissed(thrown)) change({ modelKind: 'folder', model: null, modelError: toErrorView(thrown) });
    }
  }

  /** A folder with a model's config is a model, any other a dataset. */
  async function takeFolder(handle: FileSystemDirectoryHandle): Promise<void> {
    const isModel = await handle.getFileHandle('config.json').then(
      () => true,
      () => false,
    );
    if (isModel) return takeModel(() => modelFromHandle(handle));
    return takeChosen(() => inputFromHandle(handle));
  }

  async function takeChosen(choose: () => Promise<PickedInput>): Promise<void> {
    try {
      await takeInput(await choose());
    } catch (thrown) {
      inputFailed(thrown);
    }
  }

  async function loadSpec(file: File): Promise<void> {
    try {
      const spec = await readSpecFile(file);
      change(withSpec(form, spec));
      // What the spec says of reading may not be how the file was read.
      if (form.input !== null)
        await previewInput(form.input, spec.input.format ?? null, parseOptionsOf(spec.input));
    } catch (thrown) {
      change({ specError: toErrorView(thrown) });
    }
  }

  const inputFailed = (thrown: unknown): void => {
    if (!isDismissed(thrown)) change({ preview: { kind: 'failed', error: toErrorView(thrown) } });
  };

  async function start(): Promise<void> {
    // A second click while the model's files are looked up must not make a second job.
    if (starting) return;
    starting = true;
    change({ startError: null });
    try {
      if (form.input === null) throw new JobError('SPEC_INVALID', 'Choose a dataset to start.');
      await onStart({
        spec: specFromForm(form),
        input: form.input,
        model: form.modelKind === 'folder' ? form.model : null,
      });
    } catch (thrown) {
      change({ startError: toErrorView(thrown) });
    } finally {
      starting = false;
    }
  }

  const steps: readonly SetupPanel[] = [
    inputPanel({
      change,
      pickHandle: () => takeChosen(async () => inputFromHandles(await pickDatasetHandles())),
      pickFolder: () => takeChosen(async () => inputFromHandle(await pickDatasetFolder())),
      pickFiles: (files) => void takeChosen(async () => inputFromFiles(files)),
      pickFolderFiles: (files) => void takeChosen(async () => inputFromFolder(files)),
      readAs: (format, parse) => form.input !== null && void previewInput(form.input, format, parse),
    }),
    modelPanel({
      change,
      pickHandle: () => takeModel(async () => modelFromHandle(await pickModelHandle())),
      pickFiles: (files) => void takeModel(async () => modelFromFiles(files)),
    }),
    optionsPanel(change, (task) => change(withTask(form, task))),
    inspectionPanel(),
    specPanel((file) => void loadSpec(file)),
  ];
  const side = startPanel(() => void start());
  const panels: readonly SetupPanel[] = [...steps, side];
  change({});
  // Only a line of help: the job worker decides when the job starts.
  api.doctor().then(
    (report) => change({ autoDevice: report.auto }),
    () => undefined,
  );

  return {
    element: el(
      'div',
      { class: 'setup' },
      el('div', { class: 'steps' }, ...steps.map((panel) => panel.element)),
      el('aside', { class: 'side', ariaLabel: 'Start' }, side.element),
    ),
    takeDrop(dropped) {
      for (const item of dropped) {
        if (item.kind === 'file') void takeInput(item.input);
        else void takeFolder(item.handle);
      }
    },
    dropFailed: inputFailed,
  };
}
