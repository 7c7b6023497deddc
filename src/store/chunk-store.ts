import type { Chunk, ColumnKinds } from '../core/chunk.ts';
import { sha256Hex } from '../util/sha256.ts';
import type { IngestState, StoredChunk, StoredKept } from './job-schema.ts';
import type { JobDatabase } from './open-job-database.ts';
import { ownedTransaction } from './owned-transaction.ts';
import { sealed, sealHolds, unsealed, type Sealed } from './seal.ts';

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
  const texts = await Promise.all(chunks.map(({ ordinal, read }) => storedChunk(ordinal, read)));
  const kept = await Promise.all(chunks.map((chunk, index) => storedKept(chunk, texts[index]!.sha256)));
  return ownedTransaction(db, epoch, ['meta', 'chunks', 'kept', 'quarantine'], async (tx) => {
    const meta = tx.objectStore('meta');
    const putAll = Promise.all([
      ...texts.map(async (record) => tx.objectStore('chunks').put(record)),
      ...kept.map(async (record) => tx.objectStore('kept').put(record)),
      ...chunks.flatMap(({ rejects }) =>
        rejects.map(async (reject) => tx.objectStore('quarantine').put(sealed(reject))),
      ),
    ]);
    const readState = async () => (await meta.get('ingest')) as IngestState;
    const [before] = await Promise.all([readState(), putAll]);
    let state = before;
    const states = chunks.map(({ end, rowCount, rejects, kinds, bytesRead = end.byte }) => {
      state = {
        next: end,
        complete: false,
        rows: state.rows + rowCount + rejects.length,
        rejects: state.rejects + rejects.length,
        bytesTotal: state.bytesTotal,
        bytesRead,
        ...(state.kinds === undefined ? {} : { kinds: kindsTogether(state.kinds, kinds) }),
      };
      return state;
    });
    await meta.put(sealed(state), 'ingest');
    return states;
  });
}

function kindsTogether(some: ColumnKinds, more: ColumnKinds): ColumnKinds {
  const both = Object.entries(more).map(
    ([name, kinds]) => [name, kinds | (Object.hasOwn(some, name) ? some[name]! : 0)] as const,
  );
  return { ...some, ...Object.fromEntries(both) };
}

async function storedChunk(
  ordinal: number,
  read: ArrayBuffer,
): Promise<Sealed<StoredChunk & { readonly sha256: string }>> {
  return sealed({ ordinal, read, sha256: await sha256Hex(new Uint8Array(read)) });
}

/** True when what the task reads of the chunk is what was stored. */
export async function chunkHolds(chunk: Sealed<StoredChunk>): Promise<boolean> {
  if (!sealHolds(chunk)) return false;
  return chunk.sha256 === undefined || (await sha256Hex(new Uint8Array(chunk.read))) === chunk.sha256;
}

/** The record of what is kept of a chunk. @param readSha256 of what the task reads of it, where that is known */
export async function storedKept(chunk: Chunk, readSha256?: string): Promise<Sealed<StoredKept>> {
  return sealed({
    ordinal: chunk.ordinal,
    start: chunk.start,
    end: chunk.end,
    rowCount: chunk.rowCount,
    sourceSha256: chunk.sourceSha256,
    readSha256: readSha256 ?? (await sha256Hex(new Uint8Array(chunk.read))),
    ...(chunk.facts === undefined ? {} : { facts: chunk.facts }),
    kinds: chunk.kinds,
    kept: chunk.kept,
    sha256: await sha256Hex(new Uint8Array(chunk.kept)),
  });
}

/** True when the record and its columns are what was stored. */
export async function keptHolds(stored: Sealed<StoredKept>): Promise<boolean> {
  return sealHolds(stored) && (await sha256Hex(new Uint8Array(stored.kept))) === stored.sha256;
}

/** Marks the input as read to its end. */
export async function finishIngest(db: JobDatabase, epoch: number): Promise<IngestState> {
  return ownedTransaction(db, epoch, ['meta'], async (tx) => {
    const meta = tx.objectStore('meta');
    const ingest: IngestState = {
      ...(unsealed((await meta.get('ingest'))!) as IngestState),
      complete: true,
    };
    await meta.put(sealed(ingest), 'ingest');
    return ingest;
  });
}

/** Puts back what the task reads of a chunk, and what is kept of it; null for what is there and holds. */
export async function restoreChunk(
  db: JobDatabase,
  epoch: number,
  ordinal: number,
  read: ArrayBuffer | null,
  kept: Sealed<StoredKept> | null,
): Promise<void> {
  const text = read === null ? null : await storedChunk(ordinal, read);
  await ownedTransaction(db, epoch, ['meta', 'chunks', 'kept'], async (tx) => {
    await Promise.all([
      text === null ? null : tx.objectStore('chunks').put(text),
      kept === null ? null : tx.objectStore('kept').put(kept),
    ]);
  });
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
