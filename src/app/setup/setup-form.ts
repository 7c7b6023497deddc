import type { DeviceReport } from '../../core/device-info.ts';
import type { DtypeChoice } from '../../core/dtype.ts';
import type { InputPreview } from '../../core/job-api.ts';
import { JobError } from '../../core/job-error.ts';
import { hasInputFormat, type InputFormat } from '../../core/input-format.ts';
import {
  parseJobSpec,
  type DeviceChoice,
  parseOptionsOf,
  type JobSpec,
  type ParseOptions,
} from '../../core/job-spec.ts';
import { BATCH_COLUMNS } from '../../core/openai/batch-columns.ts';
import { checkOpenaiInput, checkOpenaiOutput } from '../../core/openai/check-openai.ts';
import { lastName } from '../../core/last-name.ts';
import { DEMO_MODEL } from '../files/demo-model.ts';
import type { PickedInput } from '../files/input-file.ts';
import type { PickedModel } from '../files/model-folder.ts';
import type { ErrorView } from '../view/error-view.ts';
import { guessIdColumn, guessTextColumn } from './guess-columns.ts';
import type { InspectionState } from './input-inspector.ts';
import { EMPTY_OUTPUT_FORM, outputFormOf, outputFromForm, type OutputForm } from './output-form.ts';
import { EMPTY_TASK_FORM, taskFormOf, taskFromForm, typed, type TaskForm } from './task-form.ts';

/** How the first rows were read, or why not. */
export type PreviewState =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'ready'; readonly preview: InputPreview }
  | { readonly kind: 'failed'; readonly error: ErrorView };

/** Everything that the user chose before the start. Numbers are kept as typed. */
export type SetupForm = TaskForm &
  OutputForm & {
    readonly input: PickedInput | null;
    /** Null: by the file's name. */
    readonly inputFormat: InputFormat | null;
    /** What is said of the file rather than found out. */
    readonly parse: ParseOptions;
    readonly preview: PreviewState;
    readonly inspection: InspectionState;
    readonly textColumn: string | null;
    readonly idColumn: string | null;
    readonly keep: readonly string[];
    readonly modelKind: 'demo' | 'folder';
    readonly model: PickedModel | null;
    readonly modelError: ErrorView | null;
    readonly device: DeviceChoice;
    readonly dtype: DtypeChoice;
    /** What `auto` means on this machine; null until it is known. */
    readonly autoDevice: DeviceReport | null;
    /** Empty: `auto`. */
    readonly batchTokens: string;
    readonly dedupe: boolean;
    /** Empty: `auto`. */
    readonly maxQuarantine: string;
    /** A spec that was loaded and still waits for its file. */
    readonly loadedSpec: JobSpec | null;
    readonly specError: ErrorView | null;
    /** Why the last start came to nothing. */
    readonly startError: ErrorView | null;
  };

export const EMPTY_FORM: SetupForm = {
  ...EMPTY_TASK_FORM,
  ...EMPTY_OUTPUT_FORM,
  input: null,
  inputFormat: null,
  parse: {},
  preview: { kind: 'none' },
  inspection: { kind: 'none' },
  textColumn: null,
  idColumn: null,
  keep: [],
  modelKind: 'demo',
  model: null,
  modelError: null,
  device: 'auto',
  dtype: 'auto',
  autoDevice: null,
  batchTokens: '',
  dedupe: true,
  maxQuarantine: '',
  loadedSpec: null,
  specError: null,
  startError: null,
};

/** The form once the first rows are known: columns guessed, or as a loaded spec names them where they exist. */
export function withPreview(form: SetupForm, preview: InputPreview): SetupForm {
  const has = (column: string | null): column is string =>
    column !== null && preview.columns.includes(column);
  const wanted = form.loadedSpec?.input;
  // The name of an archive or a folder does not say what is in it.
  const isNamed = form.input === null || (!form.input.folder && hasInputFormat(form.input.name));
  if (preview.format === 'openai') return withBatch(form, preview);
  return {
    ...form,
    outputFormat: form.outputFormat === 'openai' ? 'parquet' : form.outputFormat,
    inputFormat: form.inputFormat ?? (isNamed ? null : preview.format),
    preview: { kind: 'ready', preview },
    textColumn: has(wanted?.textColumn ?? null) ? (wanted?.textColumn ?? null) : guessTextColumn(preview),
    idColumn:
      wanted === undefined
        ? guessIdColumn(preview, form.task)
        : has(wanted.idColumn)
          ? wanted.idColumn
          : null,
    keep: wanted?.keep.filter(has) ?? [],
  };
}

/** OpenAI Batch requests have columns of their own, and are answered in kind unless another format is chosen. */
function withBatch(form: SetupForm, preview: InputPreview): SetupForm {
  const isNew = form.inputFormat !== 'openai';
  return {
    ...form,
    inputFormat: 'openai',
    preview: { kind: 'ready', preview },
    textColumn: BATCH_COLUMNS.text,
    idColumn: null,
    keep: [],
    outputFormat: isNew ? 'openai' : form.outputFormat,
  };
}

/** The form with everything that a spec says; its columns count when its file is there, now or later. */
export function withSpec(form: SetupForm, spec: JobSpec): SetupForm {
  const filled: SetupForm = {
    ...form,
    inputFormat: spec.input.format ?? null,
    parse: parseOptionsOf(spec.input),
    modelKind: spec.model.path === DEMO_MODEL ? 'demo' : 'folder',
    device: spec.device,
    dtype: spec.model.dtype,
    ...outputFormOf(spec),
    batchTokens: spec.batchTokens === 'auto' ? '' : String(spec.batchTokens),
    dedupe: spec.dedupe,
    maxQuarantine: spec.maxQuarantine === 'auto' ? '' : String(spec.maxQuarantine),
    ...taskFormOf(spec.task),
    loadedSpec: spec,
    specError: null,
  };
  return form.preview.kind === 'ready' ? withPreview(filled, form.preview.preview) : filled;
}

/** Columns that a loaded spec names and the file lacks. */
export function missingColumns(form: SetupForm): readonly string[] {
  if (form.loadedSpec === null || form.preview.kind !== 'ready' || form.inputFormat === 'openai') return [];
  const { columns } = form.preview.preview;
  const { textColumn, idColumn, keep } = form.loadedSpec.input;
  const texts = isOfImages(form) ? [] : [textColumn];
  const wanted = new Set([...texts, ...(idColumn === null ? [] : [idColumn]), ...keep]);
  return [...wanted].filter((column) => !columns.includes(column));
}

/** Whether the rows are pictures, of which no column is to be chosen. */
export function isOfImages({ preview }: Pick<SetupForm, 'preview'>): boolean {
  return preview.kind === 'ready' && preview.preview.format === 'images';
}

/** What is still to be chosen before a start, as a sentence; null when nothing is. */
export function stillNeeded(form: SetupForm): string | null {
  if (form.input === null) return 'Choose a dataset to start.';
  if (form.preview.kind === 'reading') return 'Reading the first rows…';
  if (form.preview.kind !== 'ready') return 'The dataset cannot be read yet.';
  if (form.textColumn === null && !isOfImages(form)) return 'Choose the column that holds the text.';
  if (isOfImages(form) && form.modelKind === 'demo')
    return 'The demo model reads text: choose the folder of a model that reads pictures.';
  if (form.modelKind === 'folder' && form.model === null) return 'Choose the model’s folder.';
  return null;
}

/** What was said of texts says nothing of pictures. */
const OF_PICTURES = { maxLength: '', long: 'truncate', overlap: '' } as const;

/** The job spec that the form stands for. @throws JobError `SPEC_INVALID` when something is missing or out of range. */
export function specFromForm(form: SetupForm): JobSpec {
  const needed = stillNeeded(form);
  if (form.input === null || needed !== null)
    throw new JobError('SPEC_INVALID', needed ?? 'Choose a dataset to start.');
  const { name, folder, files } = form.input;
  const more = folder ? [] : files.slice(1).map((file) => file.name);
  const loaded =
    form.loadedSpec !== null && isNamedBy(form.loadedSpec, [name, ...more]) ? form.loadedSpec : null;
  const morePaths = loaded?.input.morePaths ?? more;
  const spec = parseJobSpec({
    version: 1,
    input: {
      path: loaded?.input.path ?? name,
      ...(morePaths.length === 0 ? {} : { morePaths }),
      ...(form.inputFormat === null ? {} : { format: form.inputFormat }),
      ...form.parse,
      ...(form.textColumn === null ? {} : { textColumn: form.textColumn }),
      idColumn: form.idColumn,
      keep: form.keep,
    },
    model: { path: modelPath(form), dtype: form.dtype },
    task: taskFromForm(isOfImages(form) ? { ...form, ...OF_PICTURES } : form),
    device: form.device,
    ...typed('batchTokens', form.batchTokens),
    dedupe: form.dedupe,
    ...quarantineLimit(form.maxQuarantine),
    output: outputFromForm(form, name, loaded),
  });
  checkOpenaiInput(spec);
  checkOpenaiOutput(form.outputFormat, spec, {});
  return spec;
}

/** True when these files are those that a spec names: its paths say more than the names that the page knows. */
function isNamedBy({ input }: JobSpec, names: readonly string[]): boolean {
  const paths = [input.path, ...(input.morePaths ?? [])];
  return paths.length === names.length && paths.every((path, index) => lastName(path) === names[index]);
}

function modelPath({ modelKind, model, loadedSpec }: SetupForm): string | undefined {
  if (modelKind === 'demo') return DEMO_MODEL;
  const loaded = loadedSpec?.model.path;
  return loaded !== undefined && lastName(loaded) === model?.ref.name ? loaded : model?.ref.name;
}

function quarantineLimit(text: string): Record<string, number | string> {
  const limit = text.trim();
  if (limit === '') return {};
  return { maxQuarantine: /^\d+$/.test(limit) ? Number(limit) : limit };
}
