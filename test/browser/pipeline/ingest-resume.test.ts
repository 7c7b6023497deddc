import { describe, expect, test } from 'vitest';
import { IngestService } from '../../../src/pipeline/ingest-service.ts';
import type { IngestApi } from '../../../src/pipeline/ports.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import { keptHolds } from '../../../src/store/chunk-store.ts';
import type { JobDatabase } from '../../../src/store/open-job-database.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { ingestRequestOf, jsonlRows, startIngest, storedInput } from '../../support/test-ingest.ts';
import { beginTestJob } from '../../support/test-job.ts';

const ROWS = 5000;
/** Rows 100 and 4000 have the id of row 3, across the place where the reading stops; row 2500 has no text. */
const CONTENT = jsonlRows(ROWS, (row) => (row === 100 || row === 4000 ? 'id 3' : `id ${row}`)).replace(
  '"text of row 2500"',
  '""',
);

async function readInOne(): Promise<JobDatabase> {
  const { id, db } = await beginTestJob();
  await startIngest(ingestRequestOf(id, CONTENT)).done;
  return db;
}

describe('a resume', () => {
  test('goes on exactly where the reading was stopped', async () => {
    const { id, db } = await beginTestJob();
    const first = startIngest(ingestRequestOf(id, CONTENT, { allowed: 2 }));
    await first.reached(2);
    await first.service.stop();
    expect(await first.done).toMatchObject({ complete: false, next: { chunk: 2, row: 2048 } });
    const second = startIngest(ingestRequestOf(id, CONTENT));
    await second.done;
    expect(second.states.map(({ next }) => next.chunk)).toEqual([3, 4, 5]);
    expect(await storedInput(db)).toStrictEqual(await storedInput(await readInOne()));
  });

  test('goes on after a stop that came while bytes were on their way', async () => {
    const { id, db } = await beginTestJob();
    const asked = deferred<void>();
    const gate = deferred<ArrayBuffer>();
    const blob = new Blob([CONTENT]);
    const slice = () => {
      asked.resolve();
      return { arrayBuffer: () => gate.promise };
    };
    const input = [{ kind: 'blob', name: 'in.jsonl', blob: Object.assign(blob, { slice }) }] as const;
    const first = startIngest(ingestRequestOf(id, '', { input }));
    await asked.promise;
    await first.service.stop();
    gate.resolve(await blob.arrayBuffer());
    expect(await first.done).toMatchObject({ complete: false, rows: 0 });
    await startIngest(ingestRequestOf(id, CONTENT)).done;
    expect(await storedInput(db)).toStrictEqual(await storedInput(await readInOne()));
  });

  test('goes on exactly after its worker was killed at any moment', async () => {
    const { id, db } = await beginTestJob();
    for (let attempt = 0; attempt < 3; attempt++) {
      const port = connectWorker<IngestApi>(
        new Worker(new URL('../../../workers/ingest.ts', import.meta.url), { type: 'module' }),
        'ingest worker',
      );
      const oneMore = deferred<void>();
      // A worker that is fast has read all of it before it is killed, which is as well.
      const ended = port.api
        .ingest(ingestRequestOf(id, CONTENT), () => oneMore.resolve())
        .catch(() => undefined);
      await Promise.race([oneMore.promise, ended]);
      port.terminate();
      await ended;
    }
    await startIngest(ingestRequestOf(id, CONTENT)).done;
    expect(await storedInput(db)).toStrictEqual(await storedInput(await readInOne()));
  });

  test('finds an id again that was used before the stop', async () => {
    const { quarantine } = await storedInput(await readInOne());
    expect(quarantine.map(({ row, code, id }) => [row, code, id])).toEqual([
      [100, 'ROW_DUPLICATE_ID', 'id 3'],
      [2500, 'ROW_EMPTY', 'id 2500'],
      [4000, 'ROW_DUPLICATE_ID', 'id 3'],
    ]);
  });
});

describe('restore', () => {
  test('puts back the text of chunks as it was, rows without a place in it left out', async () => {
    const db = await readInOne();
    const before = await db.getAll('chunks');
    for (const ordinal of [0, 2, 3, 4]) await db.delete('chunks', ordinal);
    const id = db.name.replace('millrace-job-', '');
    await new IngestService().restore(ingestRequestOf(id, CONTENT), [0, 3, 4], []);
    expect(await db.getAll('chunks')).toStrictEqual([0, 1, 3, 4].map((ordinal) => before[ordinal]));
  });

  test('refuses an input that reads differently there, and puts nothing back', async () => {
    const db = await readInOne();
    await db.delete('chunks', 1);
    const id = db.name.replace('millrace-job-', '');
    const changed = CONTENT.replace('text of row 1500', 'text of now 1500');
    const restoring = new IngestService().restore(ingestRequestOf(id, changed), [1], []);
    await expect(restoring).rejects.toThrow(
      expect.objectContaining({ code: 'INPUT_CHANGED', message: expect.stringContaining('in.jsonl') }),
    );
    expect(await db.getKey('chunks', 1)).toBeUndefined();
  });
});

describe('restore of what is kept', () => {
  // In each case the text stays as it is, and all records are as they were.
  test.each([
    ['a flipped byte in the columns', 'kept'],
    ['a flipped digit in the record', 'record'],
    ['a record that is gone', 'gone'],
  ])('%s', async (_name, what) => {
    const db = await readInOne();
    const before = await storedInput(db);
    for (const ordinal of [1, 4]) {
      const stored = (await db.get('kept', ordinal))!;
      if (what === 'gone') await db.delete('kept', ordinal);
      else if (what === 'record')
        await db.put('kept', { ...stored, start: { ...stored.start, byte: stored.start.byte ^ 1 } });
      else {
        const kept = stored.kept.slice(0);
        new Uint8Array(kept)[kept.byteLength >> 1]! ^= 1;
        await db.put('kept', { ...stored, kept });
      }
      const now = await db.get('kept', ordinal);
      expect(now === undefined || !(await keptHolds(now))).toBe(true);
    }
    const id = db.name.replace('millrace-job-', '');
    await new IngestService().restore(ingestRequestOf(id, CONTENT), [], [1, 4]);
    expect(await storedInput(db)).toStrictEqual(before);
  });

  test('refuses an input that has another length there', async () => {
    const db = await readInOne();
    await db.delete('kept', 1);
    const id = db.name.replace('millrace-job-', '');
    const changed = CONTENT.replace('text of row 1500', 'text of another row 1500');
    const restoring = new IngestService().restore(ingestRequestOf(id, changed), [], [1]);
    await expect(restoring).rejects.toThrow(expect.objectContaining({ code: 'INPUT_CHANGED' }));
  });
});

describe('verify', () => {
  async function verify(content: string): Promise<void> {
    const db = await readInOne();
    await new IngestService().verify(ingestRequestOf(db.name.replace('millrace-job-', ''), content));
  }

  test('takes the same bytes', async () => {
    await expect(verify(CONTENT)).resolves.toBeUndefined();
  });

  test.each([
    ['a changed byte at the start', CONTENT.replace('text of row 7"', 'text of row 8"')],
    ['a changed byte at the end', CONTENT.replace('text of row 4999', 'text of row 4998')],
    ['a row less', CONTENT.slice(0, CONTENT.lastIndexOf('{'))],
    ['a row in between', CONTENT.replace('\n', '\n{"id":"new","text":"new"}\n')],
  ])('finds %s', async (_name, content) => {
    await expect(verify(content)).rejects.toThrow(expect.objectContaining({ code: 'INPUT_CHANGED' }));
  });
});
