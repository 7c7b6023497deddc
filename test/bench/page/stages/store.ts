import { openDB } from 'idb';
import { parseJobSpec } from '../../../../src/core/job-spec.ts';
import { IngestService } from '../../../../src/pipeline/ingest-service.ts';
import { beginJob } from '../../../../src/store/job-meta.ts';
import { NO_TOTALS, type StoredResults, type StoredWindow } from '../../../../src/store/job-schema.ts';
import {
  deleteJobDatabase,
  openJobDatabase,
  type JobDatabase,
} from '../../../../src/store/open-job-database.ts';
import { commitResults, resultsSha256 } from '../../../../src/store/result-store.ts';
import { parseLines } from './parse.ts';
import { timed, type StageContender, type StageInputs, type Work } from './work.ts';

const DIMS = 384;
const OUTPUT = { kind: 'vector', dims: DIMS, element: 'float32' } as const;
/** 4 MiB of vectors, as much as the commit queue gathers. */
const ROWS_A_COMMIT = 2730;
const COMMITS = 12;

/** A new job, begun; it goes when the task is done. Making and deleting it is not timed. */
async function withJob(
  bytesTotal: number,
  task: (db: JobDatabase, id: string) => Promise<Work>,
): Promise<Work> {
  const id = `bench-${crypto.randomUUID()}`;
  const db = await openJobDatabase(id);
  try {
    const spec = parseJobSpec({
      input: { path: 'rows.jsonl', idColumn: 'id' },
      model: { path: 'demo' },
      task: {},
      output: { path: 'out.parquet' },
    });
    const begun = { id, createdAt: 1, updatedAt: 1, spec, state: 'new', error: null, epoch: 1 } as const;
    await beginJob(
      db,
      { ...begun, fingerprint: {}, output: OUTPUT, device: null, batching: null, agreement: null },
      bytesTotal,
    );
    return await task(db, id);
  } finally {
    db.close();
    await deleteJobDatabase(id);
  }
}

function vectors(commit: number): { rows: Uint32Array<ArrayBuffer>; values: ArrayBuffer } {
  const rows = Uint32Array.from({ length: ROWS_A_COMMIT }, (_, row) => commit * ROWS_A_COMMIT + row);
  return { rows, values: Float32Array.from({ length: ROWS_A_COMMIT * DIMS }, Math.random).buffer };
}

const done = { rows: ROWS_A_COMMIT * COMMITS, bytes: ROWS_A_COMMIT * COMMITS * DIMS * 4 };

async function commitAll(segments: readonly ReturnType<typeof vectors>[]): Promise<Work> {
  return withJob(1, (db) =>
    timed(async () => {
      for (const [seq, { rows, values }] of segments.entries()) {
        const sha256 = await resultsSha256(rows, values);
        const counts = { batches: [seq], tokens: 0, paddedTokens: 0, refused: [] };
        const results: StoredResults = { window: 0, seq, ...counts, rows, values, sha256 };
        const size = { firstChunk: 0, chunkCount: 8, budgetTokens: 8192, exampleCount: done.rows };
        const state = { done: new Uint8Array(2), complete: false, segments: seq + 1 };
        const window: StoredWindow = { ordinal: 0, ...size, batchCount: COMMITS, ...state };
        const totals = { ...NO_TOTALS, rowsEmbedded: (seq + 1) * ROWS_A_COMMIT };
        await commitResults(db, 1, {
          windows: [window],
          results: [results],
          refused: [],
          totals,
          dropChunks: [],
        });
      }
      return done;
    }),
  );
}

async function putAll(segments: readonly ReturnType<typeof vectors>[]): Promise<Work> {
  const name = `bench-raw-${crypto.randomUUID()}`;
  const db = await openDB(name, 1, { upgrade: (created) => void created.createObjectStore('values') });
  try {
    return await timed(async () => {
      for (const [seq, { values }] of segments.entries()) {
        const tx = db.transaction('values', 'readwrite', { durability: 'strict' });
        await Promise.all([tx.store.put(values, seq), tx.done]);
      }
      return done;
    });
  } finally {
    db.close();
    indexedDB.deleteDatabase(name);
  }
}

export function storeStages({ jsonl }: StageInputs): Record<string, Record<string, StageContender>> {
  const blob = new Blob([jsonl]);
  const segments = Array.from({ length: COMMITS }, (_, commit) => vectors(commit));
  return {
    'ingest JSONL (to chunks in IndexedDB)': {
      Millrace: () =>
        withJob(jsonl.length, (_db, jobId) =>
          timed(async () => {
            const input = [{ kind: 'blob', name: 'rows.jsonl', blob }] as const;
            const read = [{ role: 'text', column: 'text', type: 'text' }] as const;
            const columns = { format: 'jsonl', parse: {}, read, idColumn: 'id', keep: ['id'] } as const;
            const request = { jobId, epoch: 1, input, ...columns, allowed: Infinity };
            const { rows } = await new IngestService().ingest(request, () => undefined);
            return { rows, bytes: jsonl.length };
          }),
        ),
      'JSON.parse a line': () => timed(async () => ({ rows: parseLines(jsonl), bytes: jsonl.length })),
    },
    'commit (4 MiB of vectors each)': {
      Millrace: () => commitAll(segments),
      'IndexedDB put, strict': () => putAll(segments),
    },
  };
}
