import type { JobRecord } from '../../core/job-api.ts';
import {
  hasPickers,
  pickDatasetFolder,
  pickDatasetHandles,
  pickModelHandle,
} from '../files/file-system-access.ts';
import { inputFromFiles, inputFromFolder, inputFromHandles, type PickedInput } from '../files/input-file.ts';
import { modelFromFiles, modelFromHandle, type PickedModel } from '../files/model-folder.ts';
import { lastName } from '../../core/last-name.ts';
import { el } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import { isDismissed, type ErrorView } from '../view/error-view.ts';
import { countText, rowsText, whenText } from '../view/format-text.ts';
import { pickButton } from '../view/pick-button.ts';
import type { ResumePlan } from './resume-request.ts';

/** What a job in the list still asks for before it can go on, and what went wrong. */
export type JobRowState = {
  readonly needs: Extract<ResumePlan, { kind: 'needs' }> | null;
  readonly error: ErrorView | null;
  /** Another tab of this browser works on it. */
  readonly elsewhere: boolean;
};

export type JobsActions = {
  readonly watch: (record: JobRecord) => void;
  readonly goOn: (record: JobRecord) => void;
  /** Runs the rows in quarantine of a finished job again. */
  readonly retry: (record: JobRecord) => void;
  readonly open: (record: JobRecord) => void;
  readonly remove: (record: JobRecord) => void;
  readonly giveInput: (record: JobRecord, input: PickedInput) => void;
  readonly giveModel: (record: JobRecord, model: PickedModel) => void;
  readonly failed: (record: JobRecord, thrown: unknown) => void;
};

/** True when every row of the job is committed. */
export function isFinished(record: JobRecord): boolean {
  return record.state === 'computed' || record.state === 'done';
}

/** A dataset's name without its folders. */
export function jobName(record: Pick<JobRecord, 'spec'>): string {
  return lastName(record.spec.input.path);
}

/** Jobs that this browser holds: unfinished ones with an offer to go on, finished ones with the way to their files. */
export function jobsPanel(
  id: 'unfinished' | 'finished',
  records: readonly JobRecord[],
  stateOf: (record: JobRecord) => JobRowState,
  actions: JobsActions,
): HTMLElement | null {
  if (records.length === 0) return null;
  const heading = el('h2', { id: `${id}-title` }, id === 'finished' ? 'Finished jobs' : 'Unfinished jobs');
  const items = records.map((record) => jobRow(record, stateOf(record), actions));
  return el(
    'section',
    { class: `card job-list ${id}`, attr: { 'aria-labelledby': heading.id } },
    heading,
    el('ul', { class: 'job-rows' }, ...items),
  );
}

function jobRow(record: JobRecord, state: JobRowState, actions: JobsActions): HTMLElement {
  const name = jobName(record);
  const goOn = state.elsewhere
    ? el(
        'button',
        { type: 'button', ariaLabel: `Watch ${name}`, onclick: () => actions.watch(record) },
        'Watch',
      )
    : isFinished(record)
      ? el(
          'button',
          { type: 'button', ariaLabel: `Open ${name}`, onclick: () => actions.open(record) },
          'Open',
        )
      : el(
          'button',
          {
            type: 'button',
            class: 'primary',
            ariaLabel: `Go on with ${name}`,
            onclick: () => actions.goOn(record),
          },
          'Go on',
        );
  const retry = el(
    'button',
    { type: 'button', ariaLabel: `Retry the quarantine of ${name}`, onclick: () => actions.retry(record) },
    record.retryOpen ? 'Go on with the retry' : 'Retry quarantine',
  );
  const canRetry = !state.elsewhere && isFinished(record) && record.rowsQuarantined > 0;
  const remove = el(
    'button',
    { type: 'button', class: 'danger', ariaLabel: `Delete ${name}`, onclick: () => actions.remove(record) },
    'Delete',
  );
  const error =
    state.error ?? (record.error === null ? null : { code: 'failed', message: record.error, hint: null });
  return el(
    'li',
    { class: 'job-row' },
    el(
      'div',
      { class: 'job-text' },
      el('p', { class: 'job-name' }, name),
      el(
        'p',
        { class: 'job-facts' },
        `${rowsDoneText(record)} · ${record.spec.model.path === 'demo' ? 'demo model' : record.spec.model.path} · ${whenText(record.createdAt)}`,
      ),
      state.elsewhere
        ? el('p', { class: 'job-facts' }, `Running in another tab since ${whenText(record.updatedAt)}`)
        : null,
      state.error === null && error !== null && !state.elsewhere
        ? el('p', { class: 'job-error' }, `Stopped: ${error.message}`)
        : null,
    ),
    el('div', { class: 'actions' }, goOn, canRetry ? retry : null, state.elsewhere ? null : remove),
    state.error === null ? null : errorPanel(state.error),
    state.needs === null ? null : needsNote(record, state.needs, actions),
  );
}

function rowsDoneText(record: JobRecord): string {
  const bad = record.rowsQuarantined === 0 ? '' : ` · ${countText(record.rowsQuarantined)} in quarantine`;
  if (isFinished(record)) return `${rowsText(record.rowsDone)} done${bad}`;
  const total = record.rowsTotal === null ? '' : ` of ${countText(record.rowsTotal)}`;
  return `${countText(record.rowsDone)}${total} rows done${bad}`;
}

function needsNote(
  record: JobRecord,
  needs: Extract<ResumePlan, { kind: 'needs' }>,
  actions: JobsActions,
): HTMLElement {
  const name = jobName(record);
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (thrown) {
      if (!isDismissed(thrown)) actions.failed(record, thrown);
    }
  };
  const isFolder = !/[^./\\]\.[^./\\]+$/.test(record.spec.input.path);
  const give = (choose: () => Promise<PickedInput> | PickedInput) =>
    attempt(async () => actions.giveInput(record, await choose()));
  const input = pickButton({
    label: `Choose ${name}…`,
    inputLabel: `Dataset ${isFolder ? 'folder' : 'file'} of ${name}`,
    folder: isFolder,
    openPicker: hasPickers()
      ? () =>
          give(async () =>
            inputFromHandles(isFolder ? [await pickDatasetFolder()] : await pickDatasetHandles()),
          )
      : null,
    multiple: true,
    onFiles: (files) => void give(() => (isFolder ? inputFromFolder(files) : inputFromFiles(files))),
  });
  const model = pickButton({
    label: `Choose ${record.spec.model.path}…`,
    inputLabel: `Model folder of ${name}`,
    folder: true,
    openPicker: hasPickers()
      ? () => attempt(async () => actions.giveModel(record, await modelFromHandle(await pickModelHandle())))
      : null,
    onFiles: (files) => void attempt(async () => actions.giveModel(record, modelFromFiles(files))),
  });
  const kind = isFolder ? 'folder' : 'file';
  const file = needs.goOn === 'retry' ? `the ${kind}, mended,` : `the same ${kind}`;
  const what =
    needs.input && needs.model
      ? `${file} and the same model folder`
      : needs.input
        ? file
        : 'the same model folder';
  const why = needs.goOn === 'retry' ? 'To run its rows in quarantine again' : 'To go on';
  return el(
    'div',
    { class: 'notice notice-info needs', role: 'status' },
    el(
      'p',
      { class: 'notice-message' },
      `${why}, choose ${what} again: the browser did not keep the way to it.`,
    ),
    el('div', { class: 'actions' }, needs.input ? input : null, needs.model ? model : null),
  );
}
