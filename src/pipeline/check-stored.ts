import type { RunRequest } from '../core/job-api.ts';
import { JobError } from '../core/job-error.ts';
import type { JobEvent } from '../core/job-event.ts';
import { chunkHolds, keptHolds } from '../store/chunk-store.ts';
import type { JobTotals, StoredWindow } from '../store/job-schema.ts';
import { readEach } from '../store/read-each.ts';
import { ingestRequest } from './compute-job.ts';
import { mendResults } from './mend-results.ts';
import type { OpenedJob } from './open-job.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { IngestApi, IngestRequest, WorkerSpawners } from './ports.ts';

/** Reading terabytes takes hours; a worker that crashes is seen at once. */
const READING_MS = 6 * 60 * 60_000;

export type CheckOptions = {
  readonly request: RunRequest;
  readonly job: OpenedJob;
  readonly spawn: WorkerSpawners;
  readonly onEvent: (event: JobEvent) => void;
  readonly stop: AbortSignal;
};

/**
 * Reads back what earlier runs stored, and the input that they read, and puts right what can be put right: what was kept
 * of a chunk and its text are read from the input again, results are computed again.
 * @returns the totals after that
 * @throws JobError `INPUT_NEEDED` when that takes the input and it is not at hand; `STORE_CORRUPT`, `INPUT_CHANGED`.
 */
export async function checkStored({ request, job, spawn, onEvent, stop }: CheckOptions): Promise<JobTotals> {
  const message = 'Checking what is stored against its checksums';
  onEvent({ kind: 'stage', stage: 'checking', message });
  const warn = (text: string) => onEvent({ kind: 'notice', level: 'warning', message: text });
  const onIngest = (task: (api: IngestApi) => Promise<void>) =>
    onFreshWorker(spawn.ingest, { name: 'The worker that checks the input', silentMs: READING_MS }, task);
  const kept = await damagedKept(job, stop);
  if (kept.length > 0) {
    warn(
      `The stored columns of ${kept.length} chunks were damaged or gone and are read from the input again.`,
    );
    const all = inputFor(request, job);
    await onIngest((api) => api.restore(all, [], kept));
  }
  const input = ingestRequest(request, job, 0);
  if (input !== null) await onIngest((api) => api.verify(input));
  const mended = await mendResults(job.db, job.header.epoch, job.totals, stop);
  if (mended.dropped > 0)
    warn(`${mended.dropped} stored results did not match their checksums and are computed again.`);
  const { missing, damaged } = await lostTexts(job, mended.incomplete, stop);
  if (damaged > 0) warn(`The stored text of ${damaged} chunks was damaged and is read from the input again.`);
  if (missing.length > 0) {
    const all = inputFor(request, job);
    await onIngest((api) => api.restore(all, missing, []));
  }
  return mended.totals;
}

function inputFor(request: RunRequest, job: OpenedJob): IngestRequest {
  const input = ingestRequest(request, job, 0);
  if (input !== null) return input;
  throw new JobError('INPUT_NEEDED', 'Damaged rows have to be read again, and the file is not at hand.', {
    hint: 'Choose the same file again.',
  });
}

/** Chunks of which what is kept to the end is damaged, cannot be read or is gone. */
async function damagedKept(job: OpenedJob, stop: AbortSignal): Promise<number[]> {
  const bad: number[] = [];
  for (let ordinal = 0; ordinal < job.ingest.next.chunk; ordinal++) {
    stop.throwIfAborted();
    const [stored] = (await readEach(job.db, 'kept', IDBKeyRange.only(ordinal))).values;
    if (stored === undefined || !(await keptHolds(stored))) bad.push(ordinal);
  }
  return bad;
}

/** Chunks whose text is still needed and damaged or gone: those of open windows, and those that no window has yet. */
async function lostTexts(
  job: OpenedJob,
  incomplete: readonly StoredWindow[],
  stop: AbortSignal,
): Promise<{ readonly missing: readonly number[]; readonly damaged: number }> {
  const last = (await job.db.getAll('windows')).at(-1);
  const needed = incomplete.flatMap(({ firstChunk, chunkCount }) =>
    Array.from({ length: chunkCount }, (_, index) => firstChunk + index),
  );
  const planned = last === undefined ? 0 : last.firstChunk + last.chunkCount;
  for (let chunk = planned; chunk < job.ingest.next.chunk; chunk++) needed.push(chunk);
  const missing: number[] = [];
  let damaged = 0;
  for (const chunk of needed) {
    stop.throwIfAborted();
    const { values, unreadable } = await readEach(job.db, 'chunks', IDBKeyRange.only(chunk));
    const [stored] = values;
    if (stored !== undefined && (await chunkHolds(stored))) continue;
    missing.push(chunk);
    if (stored !== undefined || unreadable.length > 0) damaged++;
  }
  return { missing, damaged };
}
