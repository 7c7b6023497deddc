import { IngestService } from '../../src/pipeline/ingest-service.ts';
import type { IngestRequest } from '../../src/pipeline/ports.ts';
import type { IngestState } from '../../src/store/job-schema.ts';
import type { JobDatabase } from '../../src/store/open-job-database.ts';
import { ChangeSignal } from '../../src/util/signal-change.ts';

/** JSONL of `count` rows with ids; 1024 of them are a chunk. @param idOf another id for some rows */
export function jsonlRows(count: number, idOf: (row: number) => string = (row) => `id ${row}`): string {
  return Array.from(
    { length: count },
    (_, row) => `${JSON.stringify({ id: idOf(row), text: `text of row ${row}` })}\n`,
  ).join('');
}

export function ingestRequestOf(
  jobId: string,
  content: string,
  change: Partial<IngestRequest> = {},
): IngestRequest {
  return {
    jobId,
    epoch: 1,
    input: [{ kind: 'blob', name: 'in.jsonl', blob: new Blob([content]) }],
    format: 'jsonl',
    parse: {},
    read: [{ role: 'text', column: 'text', type: 'text' }],
    idColumn: 'id',
    keep: ['id'],
    allowed: Infinity,
    ...change,
  };
}

/** Starts the real service; `reached` waits until it has stored so many chunks. */
export function startIngest(request: IngestRequest) {
  const service = new IngestService();
  const states: IngestState[] = [];
  const rejected: number[] = [];
  const changed = new ChangeSignal();
  const done = service.ingest(request, (state, rejects) => {
    states.push(state);
    rejected.push(...rejects.map(({ row }) => row));
    changed.notify();
  });
  return {
    service,
    done,
    states,
    rejected,
    reached: (chunk: number) => changed.until(() => states.at(-1)?.next.chunk === chunk),
  };
}

/** Everything that ingest stores; to be compared by `toStrictEqual`, because `toEqual` looks into no ArrayBuffer. */
export async function storedInput(db: JobDatabase) {
  const [chunks, kept, quarantine, ingest] = await Promise.all([
    db.getAll('chunks'),
    db.getAll('kept'),
    db.getAll('quarantine'),
    db.get('meta', 'ingest'),
  ]);
  return { chunks, kept, quarantine, ingest };
}
