import type { ByteRange } from '../core/byte-range.ts';
import type { Chunk, ReadPosition } from '../core/chunk.ts';
import type { RowInput } from '../core/quarantine.ts';
import { IdIndex } from '../source/id-index.ts';
import { readDataset } from '../source/read-dataset.ts';
import { readRetried } from '../source/read-retried.ts';
import type { RecordReader } from '../source/source-format.ts';
import { eachKept } from '../store/chunk-store.ts';
import type { StoredKept } from '../store/job-schema.ts';
import { openExistingJob, type JobDatabase } from '../store/open-job-database.ts';
import { decodeKept } from '../util/arrow/kept-columns.ts';
import type { IngestRequest, RetryOf } from './ports.ts';

type Reading = Omit<IngestRequest, 'allowed'> & { readonly ids?: IdIndex };

/**
 * The chunks that an ingest worker reads, from a position on: of the whole input, or, for a retry, of its rows in
 * quarantine.
 */
export function readRows(
  files: readonly ByteRange[],
  request: Reading,
  from: ReadPosition | null,
  signal: AbortSignal,
  onOpen?: (name: string, reader: RecordReader) => void,
): AsyncGenerator<Chunk, void, undefined> {
  return request.retry === undefined
    ? readDataset(files, request, from, signal, onOpen)
    : readRowsAgain(files, request, request.retry, from, signal);
}

async function* readRowsAgain(
  files: readonly ByteRange[],
  request: Reading,
  retry: RetryOf,
  from: ReadPosition | null,
  signal: AbortSignal,
): AsyncGenerator<Chunk, void, undefined> {
  const job = await openExistingJob(retry.jobId);
  try {
    const wanted = {
      before: eachKept(job),
      fileCount: retry.fileCount,
      rows: await quarantinedRows(retry),
      textsBefore: async (row: number) => textsOf(request, (await job.get('quarantine', row))?.input ?? null),
    };
    yield* readRetried(files, request, wanted, from, signal);
  } finally {
    job.close();
  }
}

/** Rows that are in quarantine after the last retry that is finished. */
export async function quarantinedRows({ jobId, earlier }: RetryOf): Promise<Uint32Array> {
  const db = await openExistingJob(earlier.at(-1) ?? jobId);
  try {
    return Uint32Array.from(await db.getAllKeys('quarantine'));
  } finally {
    db.close();
  }
}

/** What the task read of a row that it refused, or the model: its columns are in quarantine with it. */
function textsOf(
  { read }: Pick<Reading, 'read'>,
  input: RowInput | null,
): Readonly<Record<string, string>> | null {
  if (input === null || input.cut) return null;
  const columns = JSON.parse(input.text) as Readonly<Record<string, unknown>>;
  const texts: Record<string, string> = {};
  for (const { role, column } of read) {
    const text = columns[column];
    if (typeof text !== 'string') return null;
    texts[role] = text;
  }
  return texts;
}

/**
 * The ids of every row before a chunk, so that a duplicate is found across a resume. In a retry, of every row that has a
 * result already as well, wherever it stands.
 */
export async function rebuildIds(
  db: JobDatabase,
  retry: RetryOf | undefined,
  before = Infinity,
): Promise<IdIndex> {
  const ids = new IdIndex(retry !== undefined);
  if (retry !== undefined) {
    const again = new Set(await quarantinedRows(retry));
    for (const id of [retry.jobId, ...retry.earlier]) {
      const done = await openExistingJob(id);
      try {
        for await (const stored of eachKept(done)) addIds(ids, stored, again);
      } finally {
        done.close();
      }
    }
  }
  for await (const stored of eachKept(db)) {
    if (stored.ordinal >= before) break;
    addIds(ids, stored, new Set());
  }
  return ids;
}

function addIds(index: IdIndex, stored: StoredKept, except: ReadonlySet<number>): void {
  const { ids, rows } = decodeKept(stored.kept);
  const given = except.size === 0 ? ids : ids.map((id, place) => (except.has(rows[place]!) ? null : id));
  index.add(given, rows);
}
