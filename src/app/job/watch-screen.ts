import type { JobEvent } from '../../core/job-event.ts';
import type { JobRecord } from '../../core/job-api.ts';
import { el, setText, show } from '../view/element.ts';
import { throttled } from '../view/throttled.ts';
import { createJobScreen } from './job-screen.ts';
import { jobName } from './jobs-panel.ts';
import { NEW_RUN, reduceRun, type RunView } from './run-view.ts';

const RENDER_MS = 100;

export type WatchOptions = {
  readonly record: JobRecord;
  /** Calls back with the job's events. @returns ends that */
  readonly follow: (onEvent: (event: JobEvent) => void) => () => void;
  /** Resolves when nobody works on the job any more. */
  readonly untilFree: (signal: AbortSignal) => Promise<void>;
  readonly onLeave: () => void;
};

/** A job that another tab runs, as it goes on there. Nothing can be pressed but the way back, where it is offered once it is free. */
export function createWatchScreen(options: WatchOptions): { element: HTMLElement; heading: HTMLElement } {
  const { record } = options;
  const screen = createJobScreen({
    title: jobName(record),
    subtitle: `Runs in another tab of this browser · job ${record.id}`,
    format: 'parquet',
    actions: null,
  });
  const gone = el(
    'div',
    { class: 'notice notice-info', role: 'status' },
    el('p', { class: 'notice-message' }, 'It does not run there any more.'),
  );
  const back = el('button', { type: 'button', onclick: () => leave() }, 'Back to the jobs');
  const element = el('div', {}, screen.element, gone, el('div', { class: 'actions' }, back));
  show(gone, false);

  let view: RunView = NEW_RUN;
  const render = throttled((next: RunView) => screen.update(next), RENDER_MS);
  const leaving = new AbortController();
  const unfollow = options.follow((event) => {
    view = reduceRun(view, { kind: 'event', event });
    render(view);
  });
  render(view);
  options.untilFree(leaving.signal).then(
    () => {
      show(gone, true);
      setText(back, 'Back to the jobs, to go on with it');
    },
    () => undefined,
  );

  function leave(): void {
    leaving.abort();
    unfollow();
    options.onLeave();
  }
  return { element, heading: screen.heading };
}
