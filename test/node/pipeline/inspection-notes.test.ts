import { expect, it } from 'vitest';
import type { InputInspection } from '../../../src/core/input-inspection.ts';
import { inspectionNotes } from '../../../src/pipeline/inspection-notes.ts';

const GOOD: Omit<InputInspection, 'notes'> = {
  format: 'csv',
  facts: { encoding: 'utf-8', delimiter: ',', header: true },
  compression: null,
  files: 1,
  byteLength: 100,
  columns: ['id', 'text'].map((name) => ({ name, types: ['string'], empty: 0 })),
  textColumn: 'text',
  idColumn: 'id',
  rows: [],
  sampleRows: 4,
  sampled: 'all',
  totalRows: 4,
  totalExact: true,
  problems: [],
  tokens: null,
};
const TEXTS = ['a small dog', 'b', 'c 1', 'naïve'];
const TOKENS = {
  model: 'm',
  maxLength: 128,
  rows: 4,
  mean: 1,
  median: 1,
  p95: 1,
  longest: 1,
  histogram: [],
  jobTokens: null,
};

it('has nothing to say of what is as usual', () => {
  expect(inspectionNotes({ ...GOOD, tokens: { ...TOKENS, truncated: 2 } }, TEXTS)).toEqual([]);
});

it.each<[string, Partial<InputInspection>, readonly string[], string]>([
  ['one column', { columns: GOOD.columns.slice(1) }, TEXTS, 'Only one column was found'],
  [
    'a row in place of names',
    { columns: [{ name: '17', types: [], empty: 0 }, ...GOOD.columns] },
    TEXTS,
    'The first line looks like a row',
  ],
  ['no text', { textColumn: null }, [], 'No column looks like text'],
  [
    'bad rows',
    { problems: [{ code: 'ROW_EMPTY', rows: 3, example: '' }] },
    ['a'],
    'More than half of the rows looked at would be set aside (3 of 4)',
  ],
  ['long texts', { tokens: { ...TOKENS, truncated: 3 } }, TEXTS, 'longer than the 128 tokens'],
  ['numbers', {}, ['1', '2.5', '-3', '1e5'], 'The column "text" holds numbers'],
  ['a wrong encoding', {}, ['naÃ¯ve', 'b', 'c', 'd'], 'another encoding'],
  ['the same again and again', {}, ['a', 'a', 'a', 'd'], '2 of the 4 texts looked at repeat another one'],
])('says %s', (_name, change, texts, words) => {
  const notes = inspectionNotes({ ...GOOD, ...change }, texts);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(words);
});
