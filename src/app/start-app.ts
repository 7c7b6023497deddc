import type { JobApi, JobRecord } from '../core/job-api.ts';
import { followJob } from '../rpc/job-channel.ts';
import { watchJobRecords } from '../store/catalogue.ts';
import { untilJobIsFree } from '../store/job-lock.ts';
import { demoModel } from './files/demo-model.ts';
import { acceptDrops } from './files/dropped-items.ts';
import { listExports, outputBaseName, ownFormat } from './files/exported-files.ts';
import { openHandleStore, type HandleStore } from './files/handle-store.ts';
import { inputRef } from './files/input-file.ts';
import { createJobList } from './job/job-list.ts';
import { KeepAwake } from './job/keep-awake.ts';
import { JobRun, type JobOnPage } from './job/job-run.ts';
import { createJobScreen } from './job/job-screen.ts';
import { jobName } from './job/jobs-panel.ts';
import { newJobId } from './job/new-job-id.ts';
import { createWatchScreen } from './job/watch-screen.ts';
import type { GoOn } from './job/resume-request.ts';
import {
  finishedRun,
  fractionDone,
  isBusy,
  needsInput,
  needsReload,
  NEW_RUN,
  type RunView,
} from './job/run-view.ts';
import { createSetupScreen, type SetupChoice } from './setup/setup-screen.ts';
import { confirmDialog } from './view/confirm-dialog.ts';
import { el } from './view/element.ts';
import { countText } from './view/format-text.ts';
import { createShell, setTitle } from './view/shell.ts';
import { throttled } from './view/throttled.ts';

const RENDER_MS = 100;

/** Calls back with every job, now and after each change by any tab or worker. */
export type WatchJobs = (onJobs: (records: readonly JobRecord[]) => void) => unknown;

/** The page as a person uses it: set up a job or go on with one, watch it, take its files. One job at a time. */
export function startApp(
  root: HTMLElement,
  api: JobApi,
  handles: HandleStore = openHandleStore(),
  watchJobs: WatchJobs = watchJobRecords,
): void {
  const { main } = createShell(root);
  const setup = createSetupScreen(api, startNew);
  const list = createJobList({
    api,
    handles,
    baseUrl: document.baseURI,
    onGoOn: (record, request) =>
      void showJob({ id: record.id, spec: record.spec, request }, NEW_RUN).start(ownFormat(record)),
    onOpen: (record) => void openFinished(record),
    onWatch: watch,
  });
  const heading = el('h1', { tabIndex: -1 }, 'Turn text and pictures into vectors and labels');
  const home = el('div', { class: 'home' }, heading, list.unfinished, setup.element, list.finished);
  const awake = new KeepAwake();
  let current: JobRun | null = null;

  function showHome(): void {
    openHome();
    heading.focus();
    void list.refresh();
  }

  function openHome(): void {
    current = null;
    awake.set(false);
    main.replaceChildren(home);
    setTitle([]);
  }

  /** Goes on with a job from the list, which asks for what is missing. */
  async function askFor(jobId: string, how: GoOn): Promise<void> {
    openHome();
    await list.goOn(jobId, how);
  }

  function watch(record: JobRecord): void {
    const screen = createWatchScreen({
      record,
      follow: (onEvent) => followJob(record.id, onEvent),
      untilFree: (signal) => untilJobIsFree(record.id, signal),
      onLeave: showHome,
    });
    main.replaceChildren(screen.element);
    screen.heading.focus();
  }

  async function startNew({ spec, input, model }: SetupChoice): Promise<void> {
    const request = {
      jobId: newJobId(new Date(), (bytes) => crypto.getRandomValues(bytes)),
      resume: false,
      spec,
      input: inputRef(input),
      model: model?.ref ?? (await demoModel(document.baseURI)),
      ingestAhead: 'all',
    } as const;
    // Neither decides whether the job can run: without them a resume asks for the files again, or the browser may clean up earlier.
    handles.put(request.jobId, { input: input.handles, model: model?.handle ?? null }).catch(() => undefined);
    navigator.storage.persist().catch(() => undefined);
    void showJob({ id: request.jobId, spec, request }, NEW_RUN).start(ownFormat({ spec }));
  }

  async function openFinished(record: JobRecord): Promise<void> {
    const files = await listExports(record.id, outputBaseName(record.spec)).catch(() => []);
    const run = showJob({ id: record.id, spec: record.spec, request: null }, finishedRun(record, files));
    if (files.length === 0) await run.exportAs(ownFormat(record));
  }

  function showJob(job: JobOnPage, view: RunView): JobRun {
    const name = jobName(job);
    const format = ownFormat(job);
    const { textColumn, format: inputFormat } = job.spec.input;
    const isBatch = inputFormat === 'openai';
    const what = isBatch
      ? 'OpenAI Batch requests'
      : inputFormat === 'images'
        ? 'pictures'
        : `column “${textColumn}”`;
    const screen = createJobScreen({
      title: name,
      subtitle: `${job.spec.model.path === 'demo' ? 'Demo model' : job.spec.model.path} · ${what} · job ${job.id}`,
      format,
      isBatch,
      actions: {
        pause: () => void run.pause(),
        resume: () => {
          if (needsReload(run.view)) location.reload();
          else if (needsInput(run.view)) void askFor(job.id, 'resume');
          else void run.resume(format);
        },
        retry: () => void askFor(job.id, 'retry'),
        cancel: () => void endJob(run, 'Cancel this job?', 'Cancel and delete', 'Keep running'),
        remove: () => void endJob(run, 'Delete this job?', 'Delete', 'Keep'),
        exportAs: (chosen) => void run.exportAs(chosen),
        leave: showHome,
      },
      isRetry: job.request?.retry !== undefined,
    });
    const render = throttled((next: RunView) => {
      if (current !== run) return;
      awake.set(isBusy(next));
      screen.update(next);
      const fraction = fractionDone(next);
      setTitle([fraction === null ? null : `${Math.floor(fraction * 100)}%`, name]);
    }, RENDER_MS);
    const run = new JobRun(api, handles, job, view, render);
    current = run;
    main.replaceChildren(screen.element);
    render(view);
    screen.heading.focus();
    return run;
  }

  async function endJob(run: JobRun, title: string, confirm: string, keep: string): Promise<void> {
    const rows = run.view.progress?.rowsDone ?? 0;
    const text = `${countText(rows)} computed rows and their output are deleted. The file itself stays as it is.`;
    if (!(await confirmDialog({ title, text, confirm, keep }))) return;
    // While the question stood, the job may have come to its end.
    const gone = isBusy(run.view) ? await run.cancel() : await run.remove();
    if (gone && current === run) showHome();
  }

  acceptDrops(
    (dropped) => current === null && setup.takeDrop(dropped),
    (thrown) => setup.dropFailed(thrown),
  );
  addEventListener('beforeunload', (event) => {
    if (current !== null && isBusy(current.view)) event.preventDefault();
  });
  watchJobs((records) => {
    if (current === null) list.update(records);
  });
  showHome();
}
