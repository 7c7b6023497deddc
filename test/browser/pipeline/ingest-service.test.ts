import { describe, expect, test } from 'vitest';
import { claimJob } from '../../../src/store/job-meta.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import { ingestRequestOf, jsonlRows, startIngest, storedInput } from '../../support/test-ingest.ts';
import { beginTestJob, testJobId } from '../../support/test-job.ts';

describe('ingest', () => {
  test('stores every row of the input in chunks, and the bad ones in quarantine', async () => {
    const { id, db } = await beginTestJob();
    const content = `${jsonlRows(1500)}not json\n${JSON.stringify({ id: 'last', text: 'the end' })}`;
    const { done, states, rejected } = startIngest(ingestRequestOf(id, content));
    const end = await done;
    expect(end).toMatchObject({
      complete: true,
      rows: 1502,
      rejects: 1,
      next: { chunk: 2, row: 1502, byte: content.length },
    });
    expect(states.map(({ next, complete }) => [next.chunk, complete])).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(rejected).toEqual([1500]);
    const { chunks, kept, quarantine, ingest } = await storedInput(db);
    const { seal: _seal, ...stored } = ingest as typeof end & { seal: number };
    expect(stored).toEqual(end);
    expect(quarantine).toMatchObject([{ row: 1500, code: 'ROW_NOT_JSON' }]);
    expect(kept.map(({ rowCount }) => rowCount)).toEqual([1024, 477]);
    const read = chunks.map((chunk) => decodeReadColumns(chunk.read));
    expect(read.flatMap(({ rows }) => [...rows])).toEqual([...Array(1500).keys(), 1501]);
    expect(read[1]!.columns['text']!.at(-1)).toBe('the end');
    expect(decodeKept(kept[0]!.kept).ids[1023]).toBe('id 1023');
  });

  test('reads no further than it is allowed to, and on when it is', async () => {
    const { id, db } = await beginTestJob();
    const { service, done, states, reached } = startIngest(
      ingestRequestOf(id, jsonlRows(5000), { allowed: 2 }),
    );
    await reached(2);
    // It would take a turn of the event loop at least to begin the next one.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(states.length).toBe(2);
    expect(await db.count('chunks')).toBe(2);
    await service.allow(1);
    await service.allow(3);
    await reached(3);
    await service.allow(Infinity);
    expect(await done).toMatchObject({ complete: true, rows: 5000 });
    expect(await db.count('chunks')).toBe(5);
  });

  test('has nothing to do for an input that is read to its end', async () => {
    const { id, db } = await beginTestJob();
    const request = ingestRequestOf(id, jsonlRows(10));
    const end = await startIngest(request).done;
    const before = await storedInput(db);
    const again = startIngest(request);
    expect(await again.done).toEqual(end);
    expect(again.states).toEqual([]);
    expect(await storedInput(db)).toStrictEqual(before);
  });

  test.each([
    ['an empty file', '', 'INPUT_EMPTY'],
    ['a file of blank lines', '\n\n \n', 'INPUT_EMPTY'],
    ['a column that is not there', '{"id":"a","body":"x"}\n', 'COLUMN_MISSING'],
    ['another format', 'id,text\n1,x\n', 'INPUT_FORMAT'],
  ])('refuses %s before it stores anything', async (_name, content, code) => {
    const { id, db } = await beginTestJob();
    await expect(startIngest(ingestRequestOf(id, content)).done).rejects.toThrow(
      expect.objectContaining({ code }),
    );
    expect(await db.count('kept')).toBe(0);
    expect((await storedInput(db)).ingest).toMatchObject({ complete: false });
  });

  test('stops when the job has a newer owner', async () => {
    const { id, db } = await beginTestJob();
    const { service, done, reached } = startIngest(ingestRequestOf(id, jsonlRows(3000), { allowed: 1 }));
    await reached(1);
    await claimJob(db);
    await service.allow(Infinity);
    await expect(done).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await db.count('chunks')).toBe(1);
  });

  test('says so also when it waits for leave to read on', async () => {
    const { id, db } = await beginTestJob();
    await claimJob(db);
    const { done } = startIngest(ingestRequestOf(id, jsonlRows(3000), { allowed: 1 }));
    await expect(done).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
    expect(await db.count('chunks')).toBe(0);
  });

  test('says so when there is no such job', async () => {
    const { done } = startIngest(ingestRequestOf(testJobId(), jsonlRows(1)));
    await expect(done).rejects.toThrow(expect.objectContaining({ code: 'JOB_NOT_FOUND' }));
  });
});
