import { expect, it } from 'vitest';
import { previewSource } from '../../../src/source/preview-source.ts';
import { rangeOf } from './read-source.ts';

const { signal } = new AbortController();

it('shows the first records as text, with every column in the order in which it appears', async () => {
  const file = '{"a":"x","n":1}\nnope\n{"b":{"c":[1,2]},"a":null}\n{"a":"beyond"}\n';
  expect(await previewSource([rangeOf(file)], { format: 'jsonl', parse: {}, rows: 3 }, signal)).toEqual({
    format: 'jsonl',
    facts: { encoding: 'utf-8', delimiter: null, header: null },
    columns: ['a', 'n', 'b'],
    rows: [
      ['x', '1', ''],
      ['null', '', '{"c":[1,2]}'],
    ],
    rejects: [
      {
        row: 1,
        id: null,
        code: 'ROW_NOT_JSON',
        message: expect.stringContaining('line 2') as string,
        attempts: 0,
      },
    ],
    byteLength: file.length,
    files: 1,
  });
});

it('shows the columns of a CSV file without rows', async () => {
  expect(
    await previewSource([rangeOf('id,text\n')], { format: 'csv', parse: {}, rows: 3 }, signal),
  ).toMatchObject({
    columns: ['id', 'text'],
    rows: [],
  });
});

it('cuts long cells', async () => {
  const { rows } = await previewSource(
    [rangeOf(`{"text":"${'x'.repeat(5000)}"}`)],
    {
      format: 'jsonl',
      parse: {},
      rows: 3,
    },
    signal,
  );
  expect(rows[0]![0]).toBe(`${'x'.repeat(1000)}…`);
});

it('reads no more than it shows', async () => {
  const range = rangeOf('{"text":"some words"}\n'.repeat(100_000));
  let bytes = 0;
  const counted = {
    ...range,
    slice: (start: number, end: number) => ((bytes += end - start), range.slice(start, end)),
  };
  await previewSource([counted], { format: 'jsonl', parse: {}, rows: 20 }, signal);
  expect(bytes).toBeLessThan(200_000);
});
