import type { InputInspection, InspectRequest } from '../../core/input-inspection.ts';
import type { JobApi } from '../../core/job-api.ts';
import { toJobError } from '../../core/job-error.ts';
import type { ModelRef } from '../../core/model-info.ts';
import { demoModel } from '../files/demo-model.ts';
import { inputRef } from '../files/input-file.ts';
import { toErrorView, type ErrorView } from '../view/error-view.ts';
import type { SetupForm } from './setup-form.ts';

/** Whoever goes through a list of columns, or types a number, should not start a look at each. */
const SETTLE_MS = 300;

/** What is known of the chosen input, as far as it was looked at. */
export type InspectionState =
  | { readonly kind: 'none' }
  | { readonly kind: 'looking' }
  /** `modelError`: why there are no lengths in tokens. */
  | { readonly kind: 'ready'; readonly inspection: InputInspection; readonly modelError: ErrorView | null }
  | { readonly kind: 'failed'; readonly error: ErrorView };

/** What an inspection depends on. Compared by identity, field by field. */
type Asked = Pick<
  SetupForm,
  | 'input'
  | 'parse'
  | 'preview'
  | 'textColumn'
  | 'idColumn'
  | 'modelKind'
  | 'model'
  | 'maxLength'
  | 'long'
  | 'overlap'
>;

/** Has the job worker look at what is chosen, anew whenever that changes; an answer that is out of date is dropped. */
export class InputInspector {
  readonly #api: JobApi;
  readonly #onState: (state: InspectionState) => void;
  #asked: Asked | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #demo: Promise<ModelRef> | null = null;

  constructor(api: JobApi, onState: (state: InspectionState) => void) {
    this.#api = api;
    this.#onState = onState;
  }

  /** Called with every form. */
  look(form: SetupForm): void {
    const asked = askedOf(form);
    if (sameAs(asked, this.#asked)) return;
    this.#asked = asked;
    clearTimeout(this.#timer);
    this.#onState({ kind: asked === null ? 'none' : 'looking' });
    if (asked !== null) this.#timer = setTimeout(() => void this.#inspect(asked), SETTLE_MS);
  }

  async #inspect(asked: Asked): Promise<void> {
    const state = await this.#stateOf(asked).catch((thrown: unknown): InspectionState => {
      // A job was started: what was not seen until then is not needed any more.
      const isStopped = toJobError(thrown).code === 'ABORTED';
      return isStopped ? { kind: 'none' } : { kind: 'failed', error: toErrorView(thrown) };
    });
    if (this.#asked === asked) this.#onState(state);
  }

  async #stateOf(asked: Asked): Promise<InspectionState> {
    const request = requestOf(asked);
    try {
      const model = await this.#modelOf(asked);
      return { kind: 'ready', inspection: await this.#api.inspect({ ...request, model }), modelError: null };
    } catch (thrown) {
      const { code } = toJobError(thrown);
      if (this.#asked !== asked || (code !== 'SPEC_INVALID' && !code.startsWith('MODEL_'))) throw thrown;
      // What is wrong with the model says nothing of the input.
      const inspection = await this.#api.inspect({ ...request, model: null });
      return { kind: 'ready', inspection, modelError: toErrorView(thrown) };
    }
  }

  async #modelOf({ modelKind, model }: Asked): Promise<ModelRef | null> {
    if (modelKind === 'folder') return model?.ref ?? null;
    this.#demo ??= demoModel(document.baseURI);
    try {
      return await this.#demo;
    } catch (thrown) {
      this.#demo = null;
      throw thrown;
    }
  }
}

function askedOf(form: SetupForm): Asked | null {
  if (form.input === null || form.preview.kind !== 'ready') return null;
  const { input, parse, preview, textColumn, idColumn, modelKind, model, maxLength } = form;
  const { long, overlap } = form;
  return { input, parse, preview, textColumn, idColumn, modelKind, model, maxLength, long, overlap };
}

function sameAs(a: Asked | null, b: Asked | null): boolean {
  if (a === null || b === null) return a === b;
  return (Object.keys(a) as (keyof Asked)[]).every((key) => a[key] === b[key]);
}

function requestOf({
  input,
  parse,
  preview,
  textColumn,
  idColumn,
  maxLength,
  long,
  overlap,
}: Asked): Omit<InspectRequest, 'model'> {
  if (input === null || preview.kind !== 'ready') throw new TypeError('expected an input with a preview');
  const tokens = wholeNumber(maxLength, 3);
  return {
    input: inputRef(input),
    format: preview.preview.format,
    parse,
    textColumn,
    idColumn,
    maxLength: tokens,
    long: { long, overlap: wholeNumber(overlap, 0) },
  };
}

/** A number as it was typed; null for none, or one that is refused anyway. */
function wholeNumber(text: string, min: number): number | null {
  const typed = Number(text);
  return text.trim() !== '' && Number.isSafeInteger(typed) && typed >= min ? typed : null;
}
