import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputFormat } from '../../../src/core/input-format.ts';
import { optionsFor, readAll, summary } from '../../node/source/read-source.ts';

type Row = { readonly id: string; readonly text: string; readonly label: string };

const COLUMNS = ['id', 'text', 'label'] as const;
/** Formats that hold any number of columns, with any text in them. */
const TABLES = ['jsonl', 'csv', 'tsv'] as const satisfies readonly InputFormat[];
type Table = (typeof TABLES)[number];

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

/** The same rows in each format; a new format adds its writer here. */
const write: Record<Table, (rows: readonly Row[], lineEnd: string) => string> = {
  jsonl: (rows, lineEnd) => rows.map((row) => JSON.stringify(row) + lineEnd).join(''),
  csv: (rows, lineEnd) => separated(rows, ',', lineEnd),
  tsv: (rows, lineEnd) => separated(rows, '\t', lineEnd),
};

function separated(rows: readonly Row[], delimiter: string, lineEnd: string): string {
  return [
    COLUMNS.join(delimiter),
    ...rows.map((row) => COLUMNS.map((column) => quoted(row[column])).join(delimiter)),
  ]
    .map((line) => line + lineEnd)
    .join('');
}

const cell = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', ',', '\t', ';', '\n', '\r', '\r\n', ' ', '\ufeff', '\u2028', '\0'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});
const rowsArbitrary = fc
  .array(fc.record({ text: cell.map((text) => `${text}.`), label: cell }), { minLength: 1, maxLength: 30 })
  .map((rows) => rows.map((row, index): Row => ({ id: `row ${index}`, ...row })));

function expected(rows: readonly Row[]) {
  return {
    rows: rows.map(({ id, text, label }, row) => ({
      row,
      id,
      text,
      kept: { id: JSON.stringify(id), label: JSON.stringify(label) },
    })),
    rejects: [],
    kinds: { id: 16, label: 16 },
  };
}

describe.each(TABLES)('source format: %s', (format) => {
  const options = optionsFor(format, { idColumn: 'id', keep: ['id', 'label'] });

  it('gives back the rows that were written, whatever their text', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsArbitrary,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, lineEnd, bom) => {
          const file = (bom ? '\ufeff' : '') + write[format](rows, lineEnd);
          expect(
            summary(await readAll(file, { ...options, limits: { maxRows: 7, blockBytes: 16 } })),
          ).toEqual(expected(rows));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('does not need a line end after the last record', async () => {
    const rows = [{ id: 'a', text: 'one', label: 'x' }];
    expect(summary(await readAll(write[format](rows, '\n').trimEnd(), options))).toEqual(expected(rows));
  });

  it('counts lines the same way, blank ones included', async () => {
    const rows = ['one', ' ', 'three'].map((text, index) => ({ id: `${index}`, text, label: '' }));
    const [chunk] = await readAll(`\n${write[format](rows, '\n\n')}`, options);
    const header = format === 'jsonl' ? 0 : 2;
    expect(chunk!.rejects.map(({ row, message }) => ({ row, message }))).toEqual([
      { row: 1, message: `line ${4 + header} has no text: column "text" is white space only` },
    ]);
  });

  it('keeps a row of 5 MB, in a chunk of its own', async () => {
    const rows = ['before', 'x'.repeat(5_000_000), 'after'].map((text, index) => ({
      id: `${index}`,
      text,
      label: '',
    }));
    const chunks = await readAll(write[format](rows, '\n'), options);
    expect(chunks.map(({ start, rowCount }) => [start.row, rowCount])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(summary(chunks)).toEqual(expected(rows));
  });

  it('rejects a row of 17 MB and goes on behind it', async () => {
    const rows = ['before', 'x'.repeat(17 * 1024 * 1024), 'after'].map((text, index) => ({
      id: `${index}`,
      text,
      label: '',
    }));
    const { rows: good, rejects } = summary(await readAll(write[format](rows, '\n'), options));
    expect(good.map(({ row }) => row)).toEqual([0, 2]);
    expect(rejects.map(({ row, code }) => [row, code])).toEqual([[1, 'ROW_TOO_LARGE']]);
  });

  it.each([
    ['text', { read: [{ role: 'text', column: 'body', type: 'text' as const }] }, '"body"', '--text-column'],
    ['id', { idColumn: 'key' }, '"key"', '--id-column'],
    ['kept', { keep: ['label', 'score', 'toString'] }, '"score", "toString"', '--keep'],
  ])('says which %s column is missing and which are there', async (_, more, named, option) => {
    const reading = readAll(write[format]([{ id: 'a', text: 'one', label: 'x' }], '\n'), {
      ...options,
      ...more,
    });
    await expect(reading).rejects.toMatchObject({
      code: 'COLUMN_MISSING',
      message: expect.stringMatching(
        new RegExp(`^data\\.${format} has no columns? ${named}.*; columns found: id, text, label\\.$`),
      ) as string,
      hint: expect.stringContaining(option) as string,
    });
  });

  it.each(['', '\n\n', '\ufeff'])('calls %j empty', async (file) => {
    await expect(readAll(file, options)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });

  it('calls a file without any record empty', async () => {
    await expect(readAll(write[format]([], '\n'), options)).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
  });
});
