import { JobError } from '../core/job-error.ts';
import type { JobEvent, JobState } from '../core/job-event.ts';
import type { ResultOutput } from '../core/result-output.ts';
import { updateHeader } from '../store/job-meta.ts';
import type { IngestState, JobTotals } from '../store/job-schema.ts';
import { storageRoom, type StorageRoom } from '../store/storage-room.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { preciseNow } from '../util/precise-now.ts';
import type { OpenedJob } from './open-job.ts';
import { StorageGate } from './storage-gate.ts';
import { storageNeed } from './storage-need.ts';

const LOOK_EVERY_MS = 1000;

export type StorageWatch = {
  readonly gate: StorageGate;
  close(): void;
};

/** Watches the storage while a job runs: it is `paused` while that is nearly full, and goes on when there is room. */
export function watchStorage(job: OpenedJob, onEvent: (event: JobEvent) => void): StorageWatch {
  const setState = (state: JobState): void => {
    onEvent({ kind: 'state', state });
    // What there is no room for is told by the event alone.
    updateHeader(job.db, job.header.epoch, { state }).catch(() => undefined);
  };
  const gate = new StorageGate({
    room: storageRoom,
    now: preciseNow,
    onFull: (freeBytes) => {
      const why = freeBytes === null ? 'full' : `nearly full: ${formatBytes(freeBytes)} are free`;
      const message = `Paused: the browser's storage is ${why}. Nothing is lost.`;
      const advice = 'Free disk space or remove finished jobs: the job goes on by itself.';
      onEvent({ kind: 'stage', stage: 'running', message });
      onEvent({ kind: 'notice', level: 'warning', message: `${message} ${advice}` });
      setState('paused');
    },
    onRoom: () => {
      onEvent({ kind: 'stage', stage: 'running', message: 'There is room again: going on' });
      setState('running');
    },
  });
  const timer = setInterval(() => void gate.look(), LOOK_EVERY_MS);
  return { gate, close: () => clearInterval(timer) };
}

export type NeedCheck = {
  readonly job: OpenedJob;
  readonly ingest: IngestState;
  readonly totals: JobTotals;
  readonly output: ResultOutput;
  /** Results of a row, by the first chunk of them. */
  readonly resultsPerRow: number;
  readonly copiesInput: boolean;
  /** Free bytes of the disk, where someone outside of the browser knows them; null elsewhere. */
  readonly diskBytes: number | null;
  readonly onEvent: (event: JobEvent) => void;
};

/**
 * Says how much storage the rest of the job will take, by the first chunk of it, before anything is computed.
 * @throws JobError `QUOTA_EXCEEDED`, with both numbers, when it cannot fit.
 */
export async function checkStorageNeed(check: NeedCheck): Promise<void> {
  const sample = await check.job.db.get('kept', 0);
  const need = sample === undefined ? null : storageNeed({ ...check, sample });
  if (need === null) return;
  const { freeBytes, exact } = await roomFor(check.diskBytes);
  const numbers = `about ${formatBytes(need)} of storage for the rows to come, and ${formatBytes(freeBytes)} are free`;
  if (need <= freeBytes) return;
  if (exact) {
    throw new JobError('QUOTA_EXCEEDED', `This job needs ${numbers}.`, {
      hint: 'Free disk space or remove finished jobs, keep fewer columns, or run the input in parts.',
      details: { needBytes: need, freeBytes },
    });
  }
  const message = `This job needs ${numbers} as far as the browser says, which does not tell of more. It pauses before the storage is full.`;
  check.onEvent({ kind: 'notice', level: 'warning', message });
}

async function roomFor(diskBytes: number | null): Promise<StorageRoom> {
  const room = await storageRoom();
  if (diskBytes === null) return room;
  // The browser knows its quota, and not what the disk has left; the other way round for who asks the disk.
  return room.exact && room.freeBytes < diskBytes ? room : { freeBytes: diskBytes, exact: true };
}
