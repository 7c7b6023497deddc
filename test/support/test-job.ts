import { onTestFinished } from 'vitest';
import type { Chunk } from '../../src/core/chunk.ts';
import { parseJobSpec } from '../../src/core/job-spec.ts';
import type { QuarantineRecord } from '../../src/core/quarantine.ts';
import { beginJob } from '../../src/store/job-meta.ts';
import type { JobHeader, StoredWindow } from '../../src/store/job-schema.ts';
import { deleteJobDatabase, openJobDatabase, type JobDatabase } from '../../src/store/open-job-database.ts';
import { encodeKept } from '../../src/util/arrow/kept-columns.ts';
import { encodeReadColumns } from '../../src/util/arrow/read-columns.ts';

/** Width of the vectors of a test job. */
export const TEST_DIMS = 2;

export function testHeader(id: string, change: Partial<JobHeader> = {}): JobHeader {
  const spec = parseJobSpec({
    input: { path: 'in.jsonl', idColumn: 'id' },
    model: { path: 'demo' },
    task: {},
    output: { path: 'out.parquet' },
  });
  return {
    id,
    createdAt: 1,
    updatedAt: 1,
    spec,
    state: 'new',
    error: null,
    epoch: 1,
    fingerprint: {},
    output: { kind: 'vector', dims: TEST_DIMS, element: 'float32' },
    device: null,
    agreement: null,
    batching: null,
    ...change,
  };
}

/** An id that no other test has; what is stored under it goes when the test ends. */
export function testJobId(): string {
  const id = `test-${crypto.randomUUID()}`;
  onTestFinished(() => deleteJobDatabase(id));
  return id;
}

/** A job's database, open and begun by owner 1; it goes when the test ends. */
export async function beginTestJob(
  change: Partial<JobHeader> = {},
): Promise<{ readonly id: string; readonly db: JobDatabase }> {
  const id = testJobId();
  const db = await openJobDatabase(id);
  onTestFinished(() => db.close());
  await beginJob(db, testHeader(id, change), 10_000);
  return { id, db };
}

/** A chunk with these rows, 100 bytes of source each; row r has text `text r`, id `id r`, and lies on line r + 1. */
export function testChunk(
  ordinal: number,
  rows: readonly number[],
  rejects: readonly QuarantineRecord[] = [],
): Chunk {
  const all = [...rows, ...rejects.map(({ row }) => row)].sort((a, b) => a - b);
  const first = all.at(0) ?? 0;
  const next = all.length === 0 ? 0 : all.at(-1)! + 1;
  const ordinals = Uint32Array.from(rows);
  const ids = rows.map((row) => `id ${row}`);
  return {
    ordinal,
    start: { chunk: ordinal, row: first, byte: first * 100, line: first + 1 },
    end: { chunk: ordinal + 1, row: next, byte: next * 100, line: next + 1 },
    rowCount: rows.length,
    sourceSha256: `source of chunk ${ordinal}`,
    read: encodeReadColumns({ rows: ordinals, columns: { text: rows.map((row) => `text ${row}`) } }),
    kept: encodeKept({ rows: ordinals, ids, columns: { id: ids.map((id) => JSON.stringify(id)) } }),
    kinds: { id: 16 },
    rejects,
  };
}

export function testReject(row: number, change: Partial<QuarantineRecord> = {}): QuarantineRecord {
  return { row, id: null, code: 'ROW_EMPTY', message: `row ${row} is empty`, attempts: 0, ...change };
}

/** A window of chunk `ordinal`, nothing of it done. */
export function testWindow(
  ordinal: number,
  batchCount: number,
  change: Partial<StoredWindow> = {},
): StoredWindow {
  return {
    ordinal,
    firstChunk: ordinal,
    chunkCount: 1,
    budgetTokens: 100,
    exampleCount: batchCount,
    batchCount,
    done: new Uint8Array(Math.ceil(batchCount / 8)),
    complete: false,
    segments: 0,
    ...change,
  };
}

/** What a test's device gives for these rows. */
export function testVectors(rows: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(rows.flatMap((row) => [row, row + 0.5]));
}
