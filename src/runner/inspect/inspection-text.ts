import { factsText } from '../../core/format-words.ts';
import type { InputInspection, InspectedImages, Spread, TokenLengths } from '../../core/input-inspection.ts';
import { lengthWords, sampleWords, totalWords, truncatedWords } from '../../core/inspection-words.ts';
import { printable } from '../reporters/printable.ts';

const BAR_WIDTH = 30;
const CELL_CHARS = 60;
const count = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** An inspection for a person. */
export function inspectionText(found: InputInspection): string {
  const { facts, columns, problems, tokens, notes } = found;
  const packed = found.compression === null ? '' : `, ${found.compression}`;
  const files = found.files === 1 ? '' : `, ${count.format(found.files)} files`;
  const lines = [
    `format    ${factsText(found.format, facts)}${packed}${files}, ${count.format(found.byteLength)} bytes`,
    `rows      ${totalWords(found)}; looked at: ${sampleWords(found)}`,
    'columns',
    ...columns.map((column, index) => columnLine(found, column, index)),
  ];
  if (found.images !== undefined) lines.push(...imageLines(found.images));
  if (tokens !== null) lines.push(...tokenLines(tokens));
  lines.push(problems.length === 0 ? 'problems  none seen' : 'problems');
  for (const { code, rows, example } of problems)
    lines.push(
      `  ${count.format(rows)} ${rows === 1 ? 'row' : 'rows'} ${code}: ${printable(clip(example, 200))}`,
    );
  if (notes.length > 0) lines.push('notes', ...notes.map((note) => `  ${printable(note)}`));
  return `${lines.join('\n')}\n`;
}

function columnLine(
  found: InputInspection,
  column: InputInspection['columns'][number],
  index: number,
): string {
  const roles = [
    ...(column.name === found.textColumn ? ['text'] : []),
    ...(column.name === found.idColumn ? ['id'] : []),
  ];
  const role = roles.length === 0 ? '' : ` [${roles.join(', ')}]`;
  const empty = column.empty === 0 ? '' : `, ${count.format(column.empty)} empty`;
  const example = found.rows.map((row) => row[index] ?? '').find((cell) => cell !== '') ?? '';
  const types = column.types.join('|') || 'nothing';
  return `  ${printable(clip(column.name, 40))}${role}: ${types}${empty}${example === '' ? '' : `, for example ${printable(clip(example, CELL_CHARS))}`}`;
}

function tokenLines(tokens: TokenLengths): string[] {
  const most = Math.max(...tokens.histogram.map(({ rows }) => rows));
  return [
    `tokens    ${tokens.model}, of ${count.format(tokens.rows)} rows: ${lengthWords(tokens)}`,
    ...tokens.histogram.map(
      ({ upTo, rows }) =>
        `  up to ${String(upTo).padStart(6)} ${'#'.repeat(Math.ceil((BAR_WIDTH * rows) / Math.max(most, 1))).padEnd(BAR_WIDTH)} ${count.format(rows)}`,
    ),
    `  ${truncatedWords(tokens)}`,
    ...(tokens.jobTokens === null ? [] : [`  the whole job: about ${count.format(tokens.jobTokens)} tokens`]),
  ];
}

function imageLines({ kinds, width, height, bytes }: InspectedImages): string[] {
  const spread = ({ least, median, most }: Spread, unit: string) =>
    `${count.format(least)} to ${count.format(most)} ${unit}, median ${count.format(median)}`;
  return [
    `pictures  ${kinds.map(({ name, rows }) => `${count.format(rows)} ${name.toUpperCase()}`).join(', ')}`,
    `  width   ${spread(width, 'pixels')}`,
    `  height  ${spread(height, 'pixels')}`,
    `  size    ${spread(bytes, 'bytes')}`,
  ];
}

function clip(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars)}…`;
}
