import type { InspectRequest } from '../core/input-inspection.ts';
import type { InputPreview, OpenedFile, PreviewRequest } from '../core/job-api.ts';
import type { DatasetRef } from '../core/byte-range.ts';
import type { Chunk, ReadPosition } from '../core/chunk.ts';
import { JobError } from '../core/job-error.ts';
import type { IdIndex } from '../source/id-index.ts';
import { datasetFormat } from '../source/dataset-format.ts';
import { inspectSource, type SourceInspection } from '../source/inspect-source.ts';
import { previewSource } from '../source/preview-source.ts';
import { readDataset } from '../source/read-dataset.ts';
import { verifyDataset, type ChunkSource } from '../source/verify-source.ts';
import { appendChunks, eachKept, finishIngest, restoreChunk, storedKept } from '../store/chunk-store.ts';
import { readJobMeta } from '../store/job-meta.ts';
import type { IngestState } from '../store/job-schema.ts';
import { withExistingJob, type JobDatabase } from '../store/open-job-database.ts';
import { readEach } from '../store/read-each.ts';
import { storageRoom } from '../store/storage-room.ts';
import { preciseNow } from '../util/precise-now.ts';
import { sealHolds } from '../store/seal.ts';
import { decodeKept } from '../util/arrow/kept-columns.ts';
import { pickReadRows } from '../util/arrow/pick-read-rows.ts';
import { decodeReadColumns } from '../util/arrow/read-columns.ts';
import { openByteRange } from '../util/byte-range/open-byte-range.ts';
import { watchedByteRange } from '../util/byte-range/watched-byte-range.ts';
import { ChangeSignal } from '../util/signal-change.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { readRows, rebuildIds } from './read-rows.ts';
import { StorageGate } from './storage-gate.ts';
import type { HeadRequest, IngestApi, IngestRequest, OnChunk, VerifyRequest } from './ports.ts';

/** What the ingest worker does: the input to chunks in the job's database, no further ahead than it is allowed to. */
export class IngestService implements IngestApi {
  readonly #stop = new AbortController();
  readonly #allowance = new ChangeSignal();
  #allowed = 0;

  async ingest(
    request: IngestRequest,
    onChunk: OnChunk,
    onOpen?: (file: OpenedFile) => void,
    onAlive?: () => void,
  ): Promise<IngestState> {
    this.#allowed = Math.max(this.#allowed, request.allowed);
    const { signal } = this.#stop;
    return withExistingJob(request.jobId, async (db) => {
      const meta = await readJobMeta(db);
      if (meta === null) throw new JobError('STATE_LOST', `Job ${request.jobId} has no stored state.`);
      let state = meta.ingest;
      if (state.complete) return state;
      const ids = request.idColumn === null ? null : await rebuildIds(db, request.retry);
      const options = { ...request, ...(ids === null ? {} : { ids }) };
      // From the start, and not from row 0, so that an empty file is told from one that is read to its end.
      const from = state.next.chunk === 0 ? null : state.next;
      let hasRead = false;
      const files = request.input.map((ref) => watchedByteRange(openByteRange(ref), () => (hasRead = true)));
      const chunks = readRows(files, options, from, signal, (name, { facts }) =>
        onOpen?.({ name, format: request.format, facts }),
      );
      const readMs = new Map<number, number>();
      const gate = new StorageGate({ room: storageRoom, now: preciseNow });
      // The job's own watch tells of it.
      const looking = setInterval(() => {
        void gate.look();
        if (hasRead || gate.full) onAlive?.();
        hasRead = false;
      }, 1000);
      const writer = new ChunkWriter({
        store: (read) => gate.write(() => appendChunks(db, request.epoch, read), signal),
        onStored: (chunk, after, storeMs) => {
          state = after;
          const cost = { readMs: readMs.get(chunk.ordinal) ?? 0, storeMs };
          onChunk(state, chunk.rejects, cost, { chunk: chunk.ordinal, read: chunk.read });
          readMs.delete(chunk.ordinal);
        },
        onFailed: () => this.#allowance.notify(),
      });
      let next = state.next.chunk;
      try {
        for (;;) {
          await this.#allowance.until(() => next < this.#allowed || signal.aborted || writer.failed);
          if (signal.aborted) break;
          if (writer.failed) await writer.flush();
          await gate.pass(signal);
          const startedAt = performance.now();
          const { value: chunk, done } = await chunks.next();
          if (done === true) {
            await writer.flush();
            return await finishIngest(db, request.epoch);
          }
          readMs.set(chunk.ordinal, performance.now() - startedAt);
          next = chunk.end.chunk;
          await writer.add(chunk);
        }
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      } finally {
        clearInterval(looking);
        await chunks.return(undefined);
        // Whatever ended the reading: the database is closed only behind the last transaction.
        await writer.flush().catch(() => undefined);
      }
      return state;
    });
  }

  async allow(chunk: number): Promise<void> {
    this.#allowed = Math.max(this.#allowed, chunk);
    this.#allowance.notify();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#allowance.notify();
  }

  async restore(
    request: Omit<IngestRequest, 'allowed'>,
    texts: readonly number[],
    kept: readonly number[],
  ): Promise<void> {
    return withExistingJob(request.jobId, async (db) => {
      for (const ordinal of kept) await restoreKept(db, request, ordinal, this.#stop.signal);
      for (const ordinal of texts) {
        const stored = await db.get('kept', ordinal);
        if (stored === undefined) throw new JobError('STORE_CORRUPT', `Chunk ${ordinal} is not stored.`);
        // Duplicates were told by all rows before. Which rows are good is known by now, but a duplicate of several rows counts as one.
        const ids = request.format === 'openai' ? { ids: await rebuildIds(db, request.retry, ordinal) } : {};
        const chunk = await readAgain({ ...request, ...ids }, stored.start, this.#stop.signal);
        if (chunk?.sourceSha256 !== stored.sourceSha256)
          throw inputChanged(nameOf(request.input, stored.start));
        const read = onlyRows(chunk.read, new Set(decodeKept(stored.kept).rows));
        await restoreChunk(db, request.epoch, ordinal, read, null);
      }
    });
  }

  async verify(request: VerifyRequest): Promise<void> {
    return withExistingJob(request.jobId, async (db) => {
      const chunks: ChunkSource[] = [];
      for await (const { start, end, sourceSha256 } of eachKept(db))
        chunks.push({ start, end, sourceSha256 });
      await verifyDataset(request.input.map(openByteRange), request, chunks, this.#stop.signal);
    });
  }

  async checkHead(request: HeadRequest): Promise<void> {
    const chunks = readDataset(request.input.map(openByteRange), request, null, this.#stop.signal);
    try {
      await chunks.next();
    } finally {
      await chunks.return(undefined);
    }
  }

  async inspect(request: InspectRequest): Promise<SourceInspection> {
    return inspectSource(request.input.map(openByteRange), request, this.#stop.signal);
  }

  async preview(request: PreviewRequest): Promise<InputPreview> {
    const files = request.input.map(openByteRange);
    const format = request.format ?? (await datasetFormat(files, this.#stop.signal));
    return previewSource(files, { ...request, format }, this.#stop.signal);
  }
}

/** For a message. */
function nameOf(input: DatasetRef, { file = 0 }: ReadPosition): string {
  return input[file]?.name ?? 'The input';
}

type ReadAgain = Omit<IngestRequest, 'allowed'> & { readonly ids?: IdIndex };

async function readAgain(
  request: ReadAgain,
  start: ReadPosition,
  signal: AbortSignal,
): Promise<Chunk | undefined> {
  const source = readRows(request.input.map(openByteRange), request, start, signal);
  try {
    const { value } = await source.next();
    return value ?? undefined;
  } finally {
    await source.return(undefined);
  }
}

/** Reads a chunk again whose record is damaged or gone: it lies between its neighbours. */
async function restoreKept(
  db: JobDatabase,
  request: Omit<IngestRequest, 'allowed'>,
  ordinal: number,
  signal: AbortSignal,
): Promise<void> {
  const before = ordinal === 0 ? null : await db.get('kept', ordinal - 1);
  if (before === undefined) throw new JobError('STORE_CORRUPT', `Chunk ${ordinal - 1} is not stored.`);
  const [after] = (await readEach(db, 'kept', IDBKeyRange.only(ordinal + 1))).values;
  const ids = request.idColumn === null ? {} : { ids: await rebuildIds(db, request.retry, ordinal) };
  const start = before?.end ?? { chunk: 0, row: 0, byte: 0, line: 1 };
  const chunk = await readAgain({ ...request, ...ids }, start, signal);
  const next = after !== undefined && sealHolds(after) ? after.start : null;
  // The last chunk of a file ends before the next file begins.
  const sameFile = next !== null && (next.file ?? 0) === (chunk?.end.file ?? 0);
  if (chunk === undefined || (sameFile && chunk.end.byte !== next.byte))
    throw inputChanged(nameOf(request.input, start));
  await restoreChunk(db, request.epoch, ordinal, null, await storedKept(chunk));
}

function inputChanged(name: string): JobError {
  return new JobError('INPUT_CHANGED', `${name} has changed since the job was begun.`, {
    hint: 'Put the file back and resume, or start a new job.',
  });
}

function onlyRows(read: ArrayBuffer, wanted: ReadonlySet<number>): ArrayBuffer {
  const { rows } = decodeReadColumns(read);
  const keep = [...rows.keys()].filter((index) => wanted.has(rows[index]!));
  return keep.length === rows.length ? read : pickReadRows(read, keep);
}
