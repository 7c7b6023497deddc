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
    sampled: 'all',
    totalRows: 5,
    totalExact: true,
    problems: [
      { code: 'ROW_NOT_JSON', rows: 1, example: expect.stringContaining('line 3 is not JSON') as string },
      { code: 'ROW_DUPLICATE_ID', rows: 1, example: 'id "a" (line 4) was already used by row 0' },
      { code: 'ROW_EMPTY', rows: 1, example: expect.stringContaining('line 5 has no text') as string },
    ],
  });
  expect(inspectionText({ ...inspection, tokens: null, notes: [] })).toContain(
    'n: int|float|null, 1 empty, for example 1',
  );
});

/** Lines whose text grows from 8 to 16 characters half-way, and to 24 in the last tenth. */
const GROWING = Array.from({ length: 40_000 }, (_, i) => {
  const text = `row${String(i).padStart(5, '0')}`.repeat(i < 20_000 ? 1 : i < 36_000 ? 2 : 3);
  return `${JSON.stringify({ id: i === 39_500 ? 'n3' : `n${i}`, text })}\n`;
});

it('looks at the beginning, the middle and the end of a file, and estimates the rest', async () => {
  const plain = rangeOf(GROWING.join(''), 'a.jsonl');
  let read = 0;
  const counted = { ...plain, slice: (a: number, b: number) => ((read += b - a), plain.slice(a, b)) };
  const { inspection, texts } = await inspectSource([counted], { ...asked, idColumn: 'id' }, signal);
  expect(inspection).toMatchObject({ sampled: 'spread', totalExact: false });
  // The last part is measured in bytes: its rows are longer.
  expect(inspection.sampleRows).toBeGreaterThan(4400);
  expect(read).toBeLessThan(1_500_000);
  const rows = texts.map((text) => Number(text.slice(3, 8)));
  expect(rows.slice(0, 2500)).toEqual([...Array(2500).keys()]);
  // What follows is two runs of rows, none of them cut.
  const runs = rows.filter((row, index) => row !== rows[index - 1]! + 1 && row !== 39_501);
  expect(runs).toHaveLength(3);
  expect(runs[1]).toBeGreaterThan(15_000);
  expect(runs[1]).toBeLessThan(30_000);
  expect(runs[2]).toBeGreaterThan(38_000);
  expect(inspection.totalRows).toBeGreaterThan(34_000);
  expect(inspection.totalRows).toBeLessThan(46_000);
  const [duplicate] = inspection.problems;
  const byte = GROWING.slice(0, 39_500).join('').length;
  expect(duplicate).toEqual({
    code: 'ROW_DUPLICATE_ID',
    rows: 1,
    example: `id "n3" (the line at byte ${byte}) was already used by row 3`,
  });
});

it('looks at the start of some files, and at the first rows of what is packed or has line ends in cells', async () => {
  const lines = rangeOf(GROWING.join(''), 'a.jsonl');
  const { inspection: ofTwo } = await inspectSource([lines, lines], asked, signal);
  expect(ofTwo).toMatchObject({ sampled: 'spread', files: 2 });
  const packed = rangeOf(gzipSync(GROWING.join('')), 'a.jsonl.gz');
  const { inspection: ofPacked } = await inspectSource([packed], asked, signal);
  expect(ofPacked).toMatchObject({ compression: 'gzip', sampled: 'start', sampleRows: 5000 });
  // Packed bytes are counted in steps of 16 KiB, and shorter rows come first.
  expect(ofPacked.totalRows).toBeGreaterThan(30_000);
  expect(ofPacked.totalRows).toBeLessThan(80_000);
  const csv = `text\n${'"a\nb"\n'.repeat(20_000)}`;
  const { inspection: ofCsv } = await inspectSource(
    [rangeOf(csv, 'a.csv')],
    { ...asked, format: 'csv' },
    signal,
  );
  expect(ofCsv).toMatchObject({ sampled: 'start', sampleRows: 5000, problems: [] });
  expect(ofCsv.totalRows).toBeGreaterThan(19_900);
  expect(ofCsv.totalRows).toBeLessThan(20_100);
});

it('reads a file on to its end that is little longer than the first half of the sample', async () => {
  const { inspection } = await inspectSource([rangeOf(GROWING.slice(0, 4000).join(''))], asked, signal);
  expect(inspection).toMatchObject({ sampled: 'all', sampleRows: 4000, totalRows: 4000, totalExact: true });
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
