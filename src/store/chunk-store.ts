import type { Chunk } from '../core/chunk.ts';
import { sha256Hex } from '../util/sha256.ts';
import type { IngestState, StoredKept } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';
import { ownedTransaction } from './owned-transaction.ts';

/**
 * Writes chunks that follow one another, the rows they refused and the new reading position in one transaction. The ingest
 * worker is the only writer. Row ids of refused rows must be in `chunk.rejects` already.
 * @returns the state after each chunk.
 * @throws JobError `STATE_BUSY` when the job has a newer owner.
 */
export async function appendChunks(
  db: JobDatabase,
  epoch: number,
  chunks: readonly Chunk[],
): Promise<IngestState[]> {
  const kept = await Promise.all(chunks.map(storedKept));
  return ownedTransaction(db, epoch, ['meta', 'chunks', 'kept', 'quarantine'], async (tx) => {
    const meta = tx.objectStore('meta');
    let state = (await meta.get('ingest')) as IngestState;
    const states = chunks.map(({ end, rowCount, rejects, bytesRead = end.byte }) => {
      state = {
        next: end,
        complete: false,
        rows: state.rows + rowCount + rejects.length,
        rejects: state.rejects + rejects.length,
        bytesTotal: state.bytesTotal,
        bytesRead,
      };
      return state;
    });
    await Promise.all([
      ...chunks.map(async ({ ordinal, read }) => tx.objectStore('chunks').put({ ordinal, read })),
      ...kept.map(async (record) => tx.objectStore('kept').put(record)),
      ...chunks.flatMap(({ rejects }) =>
        rejects.map(async (reject) => tx.objectStore('quarantine').put(reject)),
      ),
      meta.put(state, 'ingest'),
    ]);
    return states;
  });
}

async function storedKept(chunk: Chunk): Promise<StoredKept> {
  return {
    ordinal: chunk.ordinal,
    start: chunk.start,
    end: chunk.end,
    rowCount: chunk.rowCount,
    sourceSha256: chunk.sourceSha256,
    kinds: chunk.kinds,
    kept: chunk.kept,
    sha256: await sha256Hex(new Uint8Array(chunk.kept)),
  };
}

/** Marks the input as read to its end. */
export async function finishIngest(db: JobDatabase, epoch: number): Promise<IngestState> {
  return ownedTransaction(db, epoch, ['meta'], async (tx) => {
    const meta = tx.objectStore('meta');
    const ingest: IngestState = { ...((await meta.get('ingest')) as IngestState), complete: true };
    await meta.put(ingest, 'ingest');
    return ingest;
  });
}

/** Puts back what the task reads of a chunk, for results that have to be computed again. */
export async function restoreChunk(db: JobDatabase, ordinal: number, read: ArrayBuffer): Promise<void> {
  await db.put('chunks', { ordinal, read });
}

/** Kept records of `count` chunks from `first` on, in order. */
export async function readKept(db: JobDatabase, first: number, count: number): Promise<StoredKept[]> {
  return db.getAll('kept', IDBKeyRange.bound(first, first + count - 1));
}

/** Every chunk's kept record, in order, a few at a time. */
export async function* eachKept(db: JobDatabase, pageSize = 16): AsyncGenerator<StoredKept> {
  for (let first = 0; ; first += pageSize) {
    const page = await readKept(db, first, pageSize);
    yield* page;
    if (page.length < pageSize) return;
  }
}
