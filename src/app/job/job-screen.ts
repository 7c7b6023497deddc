import type { OutputFormat } from '../../core/output-format.ts';
import { el, setText, show } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import type { ErrorView } from '../view/error-view.ts';
import { downloadsPanel } from './downloads-panel.ts';
import { noticesPanel } from './notices-panel.ts';
import { progressPanel } from './progress-panel.ts';
import { quarantinePanel } from './quarantine-panel.ts';
import { isBusy, needsInput, needsReload, type RunView } from './run-view.ts';
import { stayNote } from './stay-note.ts';
import { summaryPanel } from './summary-panel.ts';

export type JobScreenActions = {
  readonly pause: () => void;
  /** Goes on with the job, or, where `needsReload` says so, reloads the page first. */
  readonly resume: () => void;
  readonly cancel: () => void;
  readonly remove: () => void;
  /** Runs the rows in quarantine again, once the job is finished. */
  readonly retry: () => void;
  readonly exportAs: (format: OutputFormat) => void;
  /** Back to the set-up; the job stays in the list. */
  readonly leave: () => void;
};

export type JobScreenOptions = {
  readonly title: string;
  readonly subtitle: string;
  readonly format: OutputFormat;
  /** The input is OpenAI Batch requests. */
  readonly isBatch?: boolean;
  /** Null when someone else steers: the command line. */
  readonly actions: JobScreenActions | null;
  /** The rows in quarantine of a finished job are run: it is not to be cancelled with them. */
  readonly isRetry?: boolean;
};

export interface JobScreen {
  readonly element: HTMLElement;
  /** Takes the focus when the screen appears. */
  readonly heading: HTMLElement;
  update(view: RunView): void;
}

/** One job, from its first second to its files. */
export function createJobScreen(options: JobScreenOptions): JobScreen {
  const { title, subtitle, format, isBatch = false, isRetry = false, actions } = options;
  const heading = el('h1', { tabIndex: -1 }, title);
  const failure = el('div', {});
  const steering = actions === null ? null : steeringButtons(actions, isRetry);
  const downloads = actions === null ? null : downloadsPanel(format, isBatch, actions.exportAs);
  const stay = actions === null ? null : stayNote();
  const panels = [
    progressPanel(),
    stay,
    downloads,
    noticesPanel(),
    summaryPanel(),
    quarantinePanel(actions?.retry ?? null),
  ].filter((panel) => panel !== null);
  const [progress, ...others] = panels.map((panel) => panel.element);
  let seenError: ErrorView | null = null;
  return {
    heading,
    element: el(
      'div',
      { class: 'job' },
      el(
        'div',
        { class: 'job-head' },
        el('div', {}, heading, el('p', { class: 'subtitle' }, subtitle)),
        steering?.element ?? null,
      ),
      failure,
      progress ?? null,
      ...others,
    ),
    update(view) {
      for (const panel of panels) panel.update(view);
      steering?.update(view);
      if (view.error !== seenError)
        failure.replaceChildren(...(view.error === null ? [] : [errorPanel(view.error)]));
      seenError = view.error;
    },
  };
}

function steeringButtons(
  actions: JobScreenActions,
  isRetry: boolean,
): { element: HTMLElement; update(view: RunView): void } {
  const button = (label: string, className: string, onclick: () => void): HTMLButtonElement =>
    el('button', { type: 'button', class: className, onclick }, label);
  const pause = button('Pause', '', actions.pause);
  const resume = button('Resume', 'primary', actions.resume);
  const cancel = button('Cancel', 'danger', actions.cancel);
  const remove = button('Delete', 'danger', actions.remove);
  const leave = button('New job', '', actions.leave);
  return {
    element: el('div', { class: 'actions' }, resume, pause, leave, cancel, remove),
    update(view) {
      const busy = isBusy(view);
      const computing = busy && view.phase !== 'exporting';
      show(pause, computing);
      pause.disabled = view.phase !== 'running';
      show(cancel, computing && !isRetry);
      cancel.disabled = view.phase === 'cancelling';
      show(resume, view.phase === 'paused' || (view.phase === 'failed' && !view.computed));
      setText(resume, resumeLabel(view));
      show(leave, !busy);
      show(remove, !busy);
    },
  };
}

function resumeLabel(view: RunView): string {
  if (view.phase !== 'failed') return 'Resume';
  if (needsInput(view)) return 'Choose the file';
  return needsReload(view) ? 'Reload the page' : 'Try again';
}
