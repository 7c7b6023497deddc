import { JobError, toJobError } from '../core/job-error.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { WorkerPort } from '../rpc/worker-port.ts';
import { pickReadRows } from '../util/arrow/pick-read-rows.ts';
import { decodeReadColumns } from '../util/arrow/read-columns.ts';
import { withTimeout } from '../util/with-timeout.ts';
import type { PrepareApi, PreparedChunk } from './ports.ts';
import { isWorkersFault } from './recovery.ts';

/** Several rows take milliseconds; those that are taken for hung by mistake are only halved once more. */
const SEVERAL_ROWS_MS = 5_000;
/** With more rows of one chunk than this that end their workers, it is not the rows. */
const MAX_BAD_ROWS = 16;

export type PrepareApartOptions = {
  /** A fresh worker, ready to prepare. @throws JobError when it cannot be had: no row is to blame for that */
  readonly start: () => Promise<WorkerPort<PrepareApi>>;
  /** What a row by itself may take before its worker is taken for hung. */
  readonly limitMs: number;
};

/**
 * Prepares a chunk that its workers do not survive: on workers of its own, so that nothing else can be to blame, and in
 * halves down to the rows that end or hang a worker by themselves. Those are refused, and the rest is prepared.
 * @returns the parts, in the order of the rows
 * @throws JobError `WORKER_CRASHED` when there are too many such rows; what the task itself throws
 */
export async function prepareApart(
  read: ArrayBuffer,
  chunk: number,
  options: PrepareApartOptions,
): Promise<readonly PreparedChunk[]> {
  const { rows } = decodeReadColumns(read);
  const worker = new LoneWorker(options);
  const parts: PreparedChunk[] = [];
  const refused: QuarantineRecord[] = [];
  const prepare = async (keep: readonly number[]): Promise<void> => {
    const limitMs = keep.length === 1 ? options.limitMs : SEVERAL_ROWS_MS;
    const prepared = await worker.prepare(pickReadRows(read, keep), chunk, limitMs);
    if (!(prepared instanceof JobError)) {
      parts.push(prepared);
      return;
    }
    if (keep.length === 1) {
      refused.push(refusal(rows[keep[0]!]!, prepared));
      if (refused.length > MAX_BAD_ROWS) throw tooMany(chunk, prepared);
      return;
    }
    const middle = keep.length >> 1;
    await prepare(keep.slice(0, middle));
    await prepare(keep.slice(middle));
  };
  try {
    await prepare([...rows.keys()]);
    return refused.length === 0 ? parts : [...parts, await onlyRefused(worker, read, chunk, refused)];
  } finally {
    worker.end();
  }
}

/** Prepares a chunk without rows that are known to end their workers: a resume has them on record. */
export async function prepareWithout(
  read: ArrayBuffer,
  chunk: number,
  known: readonly QuarantineRecord[],
  prepare: (read: ArrayBuffer) => Promise<readonly PreparedChunk[]>,
): Promise<readonly PreparedChunk[]> {
  const bad = new Set(known.map(({ row }) => row));
  const { rows } = decodeReadColumns(read);
  const keep = [...rows.keys()].filter((index) => !bad.has(rows[index]!));
  const parts = await prepare(pickReadRows(read, keep));
  const [first, ...rest] = parts;
  if (first === undefined) throw new JobError('INTERNAL', `Chunk ${chunk} has no part.`);
  return [{ ...first, rejects: [...first.rejects, ...known] }, ...rest];
}

/** A worker of its own, and a fresh one after each that ended. */
class LoneWorker {
  readonly #start: PrepareApartOptions['start'];
  #port: WorkerPort<PrepareApi> | null = null;

  constructor({ start }: PrepareApartOptions) {
    this.#start = start;
  }

  /** @returns the error when the worker did not survive. @throws what the task itself throws */
  async prepare(read: ArrayBuffer, chunk: number, limitMs: number): Promise<PreparedChunk | JobError> {
    const port = (this.#port ??= await this.#start());
    const hung = () =>
      new JobError('WORKER_CRASHED', `The preprocess worker took longer than ${limitMs / 1000} s.`);
    try {
      return await withTimeout(port.api.prepare(read, chunk), limitMs, hung);
    } catch (thrown) {
      const error = toJobError(thrown);
      if (!isWorkersFault(error)) throw thrown;
      this.end();
      return error;
    }
  }

  end(): void {
    this.#port?.terminate();
    this.#port = null;
  }
}

/** A part without rows that carries those that were refused. */
async function onlyRefused(
  worker: LoneWorker,
  read: ArrayBuffer,
  chunk: number,
  rejects: readonly QuarantineRecord[],
): Promise<PreparedChunk> {
  const none = await worker.prepare(pickReadRows(read, []), chunk, SEVERAL_ROWS_MS);
  if (none instanceof JobError) throw none;
  return { ...none, rejects };
}

function refusal(row: number, { message }: JobError): QuarantineRecord {
  const told = `The worker that makes examples of rows did not survive this one, by itself and on a fresh worker: ${message}`;
  return { row, id: null, code: 'ROW_PREPARE_FAILED', message: told, attempts: 0 };
}

function tooMany(chunk: number, cause: JobError): JobError {
  const message = `Chunk ${chunk} could not be prepared: more than ${MAX_BAD_ROWS} of its rows, each by itself, ended the worker: ${cause.message}`;
  return new JobError('WORKER_CRASHED', message, { cause });
}
