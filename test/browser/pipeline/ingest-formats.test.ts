import { expect, test } from 'vitest';
import { IngestService } from '../../../src/pipeline/ingest-service.ts';
import { decodeKept } from '../../../src/util/arrow/kept-columns.ts';
import { decodeReadColumns } from '../../../src/util/arrow/read-columns.ts';
import parquetUrl from '../../fixtures/source/rows-3000.parquet?url';
import { ingestRequestOf, jsonlRows, startIngest, storedInput } from '../../support/test-ingest.ts';
import { beginTestJob } from '../../support/test-job.ts';

const MIB = 1024 * 1024;

/** A Blob that tells how much was asked of it at once, and that nobody read it whole. */
function watched(blob: Blob) {
  let largest = 0;
  const slice = (start = 0, end = blob.size) => {
    largest = Math.max(largest, end - start);
    return blob.slice(start, end);
  };
  const never = () => {
    throw new Error('the whole of it was read');
  };
  const spied = Object.assign(new Blob([blob]), { slice, arrayBuffer: never, text: never, stream: never });
  return { blob: spied, largest: () => largest };
}

async function gzipped(text: string): Promise<Blob> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).blob();
}

const rowText = (count: number) => Array.from({ length: count }, (_, row) => `text of row ${row}`);

test.each([
  ['jsonl', async () => new Blob([jsonlRows(200_000)]), 200_000],
  ['jsonl', async () => gzipped(jsonlRows(200_000)), 200_000],
  ['parquet', async () => (await fetch(parquetUrl)).blob(), 3000],
] as const)('%s is read in the browser in small parts', async (format, make, count) => {
  const { id, db } = await beginTestJob();
  const { blob, largest } = watched(await make());
  const input = [{ kind: 'blob', name: `rows.${format}`, blob }] as const;
  const request = ingestRequestOf(id, '', { input, format });
  expect(await startIngest(request).done).toMatchObject({ complete: true, rows: count, rejects: 0 });
  const { chunks, kept } = await storedInput(db);
  expect(chunks.flatMap(({ read }) => decodeReadColumns(read).columns['text']!)).toEqual(rowText(count));
  expect(decodeKept(kept.at(-1)!.kept).ids.at(-1)).toBe(`id ${count - 1}`);
  expect(largest()).toBeLessThanOrEqual(4 * MIB);
  await expect(new IngestService().verify(request)).resolves.toBeUndefined();
  expect(largest()).toBeLessThanOrEqual(4 * MIB);
});

test('a dataset of several files is resumed at the file and the row where it was stopped', async () => {
  const lines = jsonlRows(4000).trimEnd().split('\n');
  const input = [0, 1500, 1501].map((from, index) => ({
    kind: 'blob' as const,
    name: `${index}.jsonl`,
    blob: new Blob([lines.slice(from, [1500, 1501, 4000][index]).join('\n')]),
  }));
  const whole = await beginTestJob();
  await startIngest(ingestRequestOf(whole.id, '', { input })).done;
  const { id, db } = await beginTestJob();
  const first = startIngest(ingestRequestOf(id, '', { input, allowed: 3 }));
  await first.reached(3);
  await first.service.stop();
  expect((await first.done).next).toMatchObject({ chunk: 3, file: 1, row: 1501 });
  await startIngest(ingestRequestOf(id, '', { input })).done;
  expect(await storedInput(db)).toStrictEqual(await storedInput(whole.db));
});
