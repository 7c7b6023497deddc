import type { DeviceReport } from '../../core/device-info.ts';
import type { JobRecord, RunOutcome } from '../../core/job-api.ts';
import type { JobEvent, JobProgress, JobSummary } from '../../core/job-event.ts';
import type { QuarantineRecord } from '../../core/quarantine.ts';
import { isReplaced, type ExportedFile, type ExportNames } from '../files/exported-files.ts';
import type { ErrorView } from '../view/error-view.ts';

/**
 * Where a job stands for a person: `computed` has no output files yet, `done` has.
 * `pausing` and `cancelling` are what the user asked for while the pipeline drains.
 */
export type RunPhase =
  | 'running'
  | 'pausing'
  | 'cancelling'
  | 'paused'
  | 'computed'
  | 'exporting'
  | 'done'
  | 'failed';

export type Notice = { readonly level: 'info' | 'warning'; readonly message: string };

/** A job as it is shown: everything that its events said, in bounded memory. */
export type RunView = {
  readonly phase: RunPhase;
  /** True once every row is committed: from then on the job can be exported, whatever happens. */
  readonly computed: boolean;
  /** What is being done now, in words. */
  readonly stage: string | null;
  readonly device: DeviceReport | null;
  /** Rows that earlier runs had done; null for a job that ran through. */
  readonly resumedFrom: number | null;
  readonly progress: JobProgress | null;
  readonly notices: readonly Notice[];
  readonly quarantined: readonly QuarantineRecord[];
  /** Rows of the list above and those that it had no room for. */
  readonly quarantinedSeen: number;
  readonly exported: { readonly rowsWritten: number; readonly rowsTotal: number } | null;
  readonly files: readonly ExportedFile[];
  readonly summary: JobSummary | null;
  readonly error: ErrorView | null;
};

export const NEW_RUN: RunView = {
  phase: 'running',
  computed: false,
  stage: null,
  device: null,
  resumedFrom: null,
  progress: null,
  notices: [],
  quarantined: [],
  quarantinedSeen: 0,
  exported: null,
  files: [],
  summary: null,
  error: null,
};

/** A job of an earlier session whose rows are all committed. */
export function finishedRun(record: JobRecord, files: readonly ExportedFile[]): RunView {
  const { rowsDone, rowsQuarantined, rowsTotal } = record;
  const rates = { rowsPerSecond: 0, tokensPerSecond: 0, secondsLeft: null };
  const unknown = { rowsWaiting: 0, bytesRead: 0, bytesTotal: 0, ...rates };
  return {
    ...NEW_RUN,
    phase: files.length === 0 ? 'computed' : 'done',
    computed: true,
    progress: { rowsDone, rowsQuarantined, rowsTotal, rowsTotalExact: true, ...unknown },
    files,
  };
}

/** What changes the view: the job's own events, what the user asked for, and how a call ended. */
export type RunAction =
  | { readonly kind: 'event'; readonly event: JobEvent }
  | { readonly kind: 'started' }
  | { readonly kind: 'pausing' }
  | { readonly kind: 'cancelling' }
  | { readonly kind: 'outcome'; readonly outcome: RunOutcome }
  /** `names` where the page keeps the files. */
  | { readonly kind: 'exporting'; readonly names: ExportNames | null }
  | { readonly kind: 'exported'; readonly files: readonly ExportedFile[] }
  | { readonly kind: 'failed'; readonly error: ErrorView };

export const MAX_QUARANTINED = 100;
export const MAX_NOTICES = 50;

/** Pure: the next view. */
export function reduceRun(view: RunView, action: RunAction): RunView {
  switch (action.kind) {
    case 'event':
      return reduceEvent(view, action.event);
    case 'started':
      return { ...view, phase: 'running', stage: null, error: null };
    case 'pausing':
    case 'cancelling':
      return { ...view, phase: action.kind };
    case 'outcome':
      return reduceOutcome(view, action.outcome);
    case 'exporting':
      return {
        ...view,
        phase: 'exporting',
        exported: null,
        error: null,
        files: kept(view.files, action.names),
      };
    case 'exported':
      return {
        ...view,
        phase: 'done',
        stage: null,
        exported: null,
        error: null,
        files: merged(view.files, action.files),
      };
    case 'failed':
      return { ...view, phase: 'failed', stage: null, exported: null, error: action.error };
  }
}

function reduceOutcome(view: RunView, outcome: RunOutcome): RunView {
  // A cancelled job is deleted however it ended.
  const cancelling = view.phase === 'cancelling';
  if (outcome.kind === 'paused') return { ...view, phase: cancelling ? 'cancelling' : 'paused', stage: null };
  return {
    ...view,
    phase: cancelling ? 'cancelling' : 'computed',
    computed: true,
    stage: null,
    summary: outcome.summary,
  };
}

function reduceEvent(view: RunView, event: JobEvent): RunView {
  switch (event.kind) {
    case 'stage':
      return { ...view, stage: event.message };
    case 'device':
      return { ...view, device: event.device };
    case 'resumed':
      return { ...view, resumedFrom: event.rowsDone };
    case 'progress':
      return { ...view, progress: event.progress };
    case 'notice':
      return { ...view, notices: withNotice(view.notices, event) };
    case 'quarantined':
      return withQuarantined(view, event.record);
    case 'state':
      // The calls that change the state say it with more: their outcome brings a summary, files or an error.
      return view;
    case 'export':
      return {
        ...view,
        phase: 'exporting',
        exported: { rowsWritten: event.rowsWritten, rowsTotal: event.rowsTotal },
      };
    case 'summary':
      return { ...view, summary: event.summary, device: event.summary.device };
    case 'error':
      return {
        ...view,
        phase: 'failed',
        error: { code: event.code, message: event.message, hint: event.hint },
      };
  }
}

function withNotice(notices: readonly Notice[], { level, message }: Notice): readonly Notice[] {
  if (notices.some((notice) => notice.message === message)) return notices;
  return [...notices, { level, message }].slice(-MAX_NOTICES);
}

function withQuarantined(view: RunView, record: QuarantineRecord): RunView {
  // A resumed run may report again what an earlier one set aside.
  if (view.quarantined.some(({ row }) => row === record.row)) return view;
  const quarantined =
    view.quarantined.length < MAX_QUARANTINED ? [...view.quarantined, record] : view.quarantined;
  return { ...view, quarantined, quarantinedSeen: view.quarantinedSeen + 1 };
}

function kept(files: readonly ExportedFile[], names: ExportNames | null): readonly ExportedFile[] {
  return names === null ? files : files.filter(({ name }) => !isReplaced(name, names));
}

function merged(before: readonly ExportedFile[], after: readonly ExportedFile[]): readonly ExportedFile[] {
  const names = new Set(after.map(({ name }) => name));
  return [...before.filter(({ name }) => !names.has(name)), ...after];
}

/** Rows in quarantine, from the best source there is. */
export function quarantinedCount(view: RunView): number {
  return view.summary?.rowsQuarantined ?? view.progress?.rowsQuarantined ?? view.quarantinedSeen;
}

/** Done share of what is being done now, 0 to 1; null while it cannot be told. */
export function fractionDone(view: RunView): number | null {
  if (view.phase === 'done' || view.phase === 'computed') return 1;
  if (view.phase === 'exporting') {
    return view.exported === null || view.exported.rowsTotal === 0
      ? null
      : view.exported.rowsWritten / view.exported.rowsTotal;
  }
  const rowsTotal = view.progress?.rowsTotal ?? 0;
  if (view.progress === null || rowsTotal === 0) return null;
  return Math.min(1, view.progress.rowsDone / rowsTotal);
}

/** True while closing the tab would interrupt something. */
export function isBusy(view: RunView): boolean {
  return (
    view.phase === 'running' ||
    view.phase === 'pausing' ||
    view.phase === 'cancelling' ||
    view.phase === 'exporting'
  );
}

/** True when the job must read its file again and has not got it: what is stored of it was damaged. */
export function needsInput(view: RunView): boolean {
  return view.phase === 'failed' && view.error?.code === 'INPUT_NEEDED';
}

/** True when the worker behind the page is gone: only a fresh page has a fresh one, and the job goes on from its list. */
export function needsReload(view: RunView): boolean {
  return view.phase === 'failed' && view.error?.code === 'WORKER_CRASHED';
}
