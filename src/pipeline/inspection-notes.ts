import type { InputInspection } from '../core/input-inspection.ts';

/** From so large a share of the texts on something is said of the column. */
const NEARLY_ALL = 0.9;
const SOME = 0.01;
const MANY = 0.2;
/** Beyond this a column's name is more likely a value. */
const LONG_NAME = 64;
const NUMBER = /^\s*[-+]?[\d.,]+(?:e[-+]?\d+)?\s*$/i;
/** UTF-8 that was read as Windows-1252. */
const MIS_DECODED = /[ÃÂ][\u0080-\u00bf]|â€/;

const count = new Intl.NumberFormat('en');

/** What looks wrong with an input as a whole, a sentence each; what is wrong with single rows is among its problems. */
export function inspectionNotes(
  found: Omit<InputInspection, 'notes'>,
  texts: readonly string[],
): readonly string[] {
  return [...readingNotes(found), ...rowNotes(found), ...textNotes(found, texts)];
}

function* readingNotes({
  format,
  facts,
  columns,
  textColumn,
}: Omit<InputInspection, 'notes'>): Generator<string> {
  if (facts.delimiter !== null) {
    if (columns.length === 1)
      yield 'Only one column was found: the fields may be divided by another character.';
    const isRow = columns.some(({ name }) => NUMBER.test(name) || name.length > LONG_NAME);
    if (facts.header === true && isRow)
      yield 'The first line looks like a row rather than like the names of columns.';
  }
  if (textColumn === null && format !== 'images') yield 'No column looks like text: say which one it is.';
}

function* rowNotes({ problems, sampleRows, tokens }: Omit<InputInspection, 'notes'>): Generator<string> {
  const bad = problems.reduce((sum, { rows }) => sum + rows, 0);
  if (bad * 2 > sampleRows)
    yield `More than half of the rows looked at would be set aside (${count.format(bad)} of ${count.format(sampleRows)}).`;
  if (tokens !== null && tokens.truncated * 2 > tokens.rows)
    yield `More than half of the texts are longer than the ${count.format(tokens.maxLength)} tokens that are kept: what is behind them has no part in the result.`;
}

function* textNotes(
  { textColumn }: Omit<InputInspection, 'notes'>,
  texts: readonly string[],
): Generator<string> {
  if (texts.length === 0) return;
  const shareOf = (is: RegExp) => texts.filter((text) => is.test(text)).length / texts.length;
  if (shareOf(NUMBER) >= NEARLY_ALL)
    yield `The column "${textColumn}" holds numbers rather than text: is it the one that is meant?`;
  if (shareOf(MIS_DECODED) >= SOME)
    yield 'Some texts have signs such as "Ã©": they may be in another encoding, or were broken before.';
  const repeated = texts.length - new Set(texts).size;
  if (repeated >= 2 && repeated / texts.length >= MANY)
    yield `${count.format(repeated)} of the ${count.format(texts.length)} texts looked at repeat another one.`;
}
