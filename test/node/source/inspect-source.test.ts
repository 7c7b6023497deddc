import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { inspectSource } from '../../../src/source/inspect-source.ts';
import { inspectionText } from '../../../src/runner/inspect/inspection-text.ts';
import { rangeOf } from './read-source.ts';

const signal = new AbortController().signal;
const asked = { format: 'jsonl', parse: {}, textColumn: null, idColumn: null } as const;

it('finds columns with their types, the text, and what the quarantine would say', async () => {
  const file = [
    '{"id":"a","n":1,"text":"some words here","x":{"y":1}}',
    '{"id":"b","n":1.5,"text":"more words"}',
    'no json',
    '{"id":"a","n":null,"text":"again"}',
    '{"id":"c","n":2,"text":" "}',
  ].join('\n');
  const { inspection, texts } = await inspectSource(
    [rangeOf(file, 'a.jsonl')],
    { ...asked, idColumn: 'id' },
    signal,
  );
  expect(texts).toEqual(['some words here', 'more words']);
  expect(inspection).toMatchObject({
    textColumn: 'text',
    columns: [
      { name: 'id', types: ['string'], empty: 0 },
      { name: 'n', types: ['int', 'float', 'null'], empty: 1 },
      { name: 'text', types: ['string'], empty: 0 },
      { name: 'x', types: ['object'], empty: 3 },
    ],
    sampleRows: 5,
    complete: true,
    totalRows: 5,
    totalExact: true,
    problems: [
      { code: 'ROW_NOT_JSON', rows: 1, example: expect.stringContaining('line 3 is not JSON') as string },
      { code: 'ROW_DUPLICATE_ID', rows: 1, example: 'id "a" (line 4) was already used by row 0' },
      { code: 'ROW_EMPTY', rows: 1, example: expect.stringContaining('line 5 has no text') as string },
    ],
  });
  expect(inspectionText({ ...inspection, tokens: null })).toContain(
    'n: int|float|null, 1 empty, for example 1',
  );
});

it('looks at the first rows only, of packed files too, and estimates the rest', async () => {
  const lines = Array.from(
    { length: 40_000 },
    (_, i) => `{"text":"words of row ${String(i).padStart(8, '0')}"}\n`,
  );
  const plain = rangeOf(lines.join(''), 'a.jsonl');
  let read = 0;
  const counted = { ...plain, slice: (a: number, b: number) => ((read += b - a), plain.slice(a, b)) };
  const { inspection } = await inspectSource([counted, plain], asked, signal);
  expect(inspection).toMatchObject({ sampleRows: 5000, complete: false, totalExact: false, files: 2 });
  expect(inspection.totalRows).toBe(80_000);
  expect(read).toBeLessThan(1_000_000);
  const packed = rangeOf(gzipSync(lines.join('')), 'a.jsonl.gz');
  const { inspection: ofPacked } = await inspectSource([packed], asked, signal);
  expect(ofPacked.compression).toBe('gzip');
  // Packed bytes are counted in steps of 16 KiB.
  expect(ofPacked.totalRows).toBeGreaterThan(30_000);
  expect(ofPacked.totalRows).toBeLessThan(50_000);
});

it('says which columns there are when one is asked for that is not', async () => {
  const reading = inspectSource(
    [rangeOf('a,b\n1,2\n', 'a.csv')],
    { ...asked, format: 'csv', textColumn: 'c' },
    signal,
  );
  await expect(reading).rejects.toMatchObject({
    code: 'COLUMN_MISSING',
    message: expect.stringContaining('a, b') as string,
  });
});
