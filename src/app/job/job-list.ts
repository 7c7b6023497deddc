import type { JobApi, JobRecord, RunRequest } from '../../core/job-api.ts';
import { jobsAtWork } from '../../store/job-lock.ts';
import type { HandleStore } from '../files/handle-store.ts';
import { confirmDialog } from '../view/confirm-dialog.ts';
import { el } from '../view/element.ts';
import { errorPanel } from '../view/error-panel.ts';
import { toErrorView } from '../view/error-view.ts';
import { countText } from '../view/format-text.ts';
import { removeJob } from './job-run.ts';
import { isFinished, jobName, jobsPanel, type JobRowState, type JobsActions } from './jobs-panel.ts';
import { planResume, type GivenAgain, type GoOn } from './resume-request.ts';

export type JobListOptions = {
  readonly api: JobApi;
  readonly handles: HandleStore;
  /** Where the demo model's URLs are relative to. */
  readonly baseUrl: string;
  readonly onGoOn: (record: JobRecord, request: RunRequest) => void;
  readonly onOpen: (record: JobRecord) => void;
  /** Shows a job that another tab works on. */
  readonly onWatch: (record: JobRecord) => void;
};

const NOTHING_GIVEN: GivenAgain = { input: null, model: null };
const QUIET: JobRowState = { needs: null, error: null, elsewhere: false };
/** Locks tell nobody when they are taken or left. */
const LOOK_EVERY_MS = 1000;

export interface JobList {
  /** Jobs to go on with: the first thing to see. */
  readonly unfinished: HTMLElement;
  readonly finished: HTMLElement;
  refresh(): Promise<void>;
  /** Shows the jobs and goes on with one, or asks for what that needs. */
  goOn(jobId: string, how: GoOn): Promise<void>;
  /** Shows what another tab or the job worker changed. */
  update(records: readonly JobRecord[]): void;
}

/** The list of earlier jobs: asks the worker for them, finds their files again, deletes them. */
export function createJobList(options: JobListOptions): JobList {
  const { api, handles } = options;
  const unfinished = el('div', {});
  const finished = el('div', {});
  let records: readonly JobRecord[] = [];
  let planning = false;
  const states = new Map<string, JobRowState>();
  const given = new Map<string, GivenAgain>();

  let atWork: ReadonlySet<string> = new Set();

  const render = (): void => {
    const stateOf = ({ id }: JobRecord): JobRowState => ({
      ...(states.get(id) ?? QUIET),
      elsewhere: atWork.has(id),
    });
    const actions: JobsActions = {
      watch: options.onWatch,
      goOn: (record) => void goOn(record, 'resume'),
      retry: (record) => void goOn(record, 'retry'),
      open: options.onOpen,
      remove: (record) => void remove(record),
      giveInput: (record, input) => give(record, { input }),
      giveModel: (record, model) => give(record, { model }),
      failed,
    };
    const isDone = (record: JobRecord) => isFinished(record) && !atWork.has(record.id);
    const done = records.filter(isDone);
    const open = records.filter((record) => !isDone(record));
    fill(unfinished, jobsPanel('unfinished', open, stateOf, actions));
    fill(finished, jobsPanel('finished', done, stateOf, actions));
  };

  const setState = ({ id }: JobRecord, state: JobRowState): void => {
    states.set(id, state);
    render();
  };

  const failed = (record: JobRecord, thrown: unknown): void => {
    const { needs } = states.get(record.id) ?? QUIET;
    setState(record, { ...QUIET, needs, error: toErrorView(thrown) });
  };

  const give = (record: JobRecord, more: Partial<GivenAgain>): void => {
    given.set(record.id, { ...(given.get(record.id) ?? NOTHING_GIVEN), ...more });
    void goOn(record, states.get(record.id)?.needs?.goOn ?? 'resume');
  };

  async function goOn(record: JobRecord, how: GoOn): Promise<void> {
    if (planning) return;
    planning = true;
    try {
      const plan = await planResume(
        record,
        handles,
        given.get(record.id) ?? NOTHING_GIVEN,
        options.baseUrl,
        how,
      );
      if (plan.kind === 'needs') {
        setState(record, { ...QUIET, needs: plan });
        // The button that was pressed is gone: the next one to press takes its place.
        (how === 'retry' ? finished : unfinished).querySelector<HTMLElement>('.needs button')?.focus();
        return;
      }
      setState(record, QUIET);
      options.onGoOn(record, plan.request);
    } catch (thrown) {
      failed(record, thrown);
    } finally {
      planning = false;
    }
  }

  async function remove(record: JobRecord): Promise<void> {
    const name = jobName(record);
    const sure = await confirmDialog({
      title: `Delete ${name}?`,
      text: `${countText(record.rowsDone)} computed rows and their output are deleted. The file itself stays as it is.`,
      confirm: 'Delete',
      keep: 'Keep',
    });
    if (!sure) return;
    try {
      await removeJob(api, handles, record.id);
      await refresh();
    } catch (thrown) {
      failed(record, thrown);
    }
  }

  async function refresh(): Promise<void> {
    // Before the jobs are asked for: what the user starts while they are on their way has to stay.
    states.clear();
    given.clear();
    render();
    try {
      atWork = await jobsAtWork();
      update(await api.list());
    } catch (thrown) {
      fill(unfinished, errorPanel(toErrorView(thrown)));
      fill(finished, null);
    }
  }

  function update(next: readonly JobRecord[]): void {
    // What is shown may hold a question with the focus in it: left alone unless there is news.
    if (JSON.stringify(next) === JSON.stringify(records)) return;
    records = next;
    render();
  }

  setInterval(() => void lookWhoWorks(), LOOK_EVERY_MS);
  async function lookWhoWorks(): Promise<void> {
    if (!unfinished.isConnected || records.length === 0) return;
    const now = await jobsAtWork();
    if ([...now].sort().join('\n') === [...atWork].sort().join('\n')) return;
    atWork = now;
    render();
  }

  return {
    unfinished,
    finished,
    refresh,
    update,
    async goOn(jobId, how) {
      await refresh();
      const record = records.find(({ id }) => id === jobId);
      if (record !== undefined) await goOn(record, how);
    },
  };
}

function fill(place: HTMLElement, panel: HTMLElement | null): void {
  place.replaceChildren(...(panel === null ? [] : [panel]));
}
