import type { RunRequest } from '../core/job-api.ts';
import { inputFormatOf } from '../core/input-format.ts';
import { idColumnOf, keptColumns, parseOptionsOf } from '../core/job-spec.ts';
import type { WorkerSpawner } from '../rpc/worker-port.ts';
import { taskFor } from '../task/task-for.ts';
import { onFreshWorker } from './on-fresh-worker.ts';
import type { HeadRequest, IngestApi } from './ports.ts';

/** The first chunk is read in a moment, unless a record of gigabytes is passed over. */
const SILENT_MS = 10 * 60_000;

/** What of a job's input is read, and how; null when the input is not at hand. */
export function headRequest({ spec, input }: RunRequest): HeadRequest | null {
  if (input === null) return null;
  return {
    input,
    format: inputFormatOf(spec.input),
    parse: parseOptionsOf(spec.input),
    read: taskFor(spec.task.kind).readColumns(spec),
    idColumn: idColumnOf(spec.input),
    keep: keptColumns(spec.input),
  };
}

/**
 * Reads the start of a new job's input, so that what is wrong with it is told before minutes go into loading a model.
 * @throws JobError as the ingest would: `INPUT_EMPTY`, `INPUT_FORMAT`, `COLUMN_MISSING`, `INPUT_NOT_FOUND`.
 */
export async function checkInput(
  request: RunRequest,
  spawn: WorkerSpawner<IngestApi>,
  stop: AbortSignal,
): Promise<void> {
  const head = headRequest(request);
  if (head === null) return;
  await onFreshWorker(spawn, { name: 'The ingest worker', silentMs: SILENT_MS, stop }, (api) =>
    api.checkHead(head),
  );
}
