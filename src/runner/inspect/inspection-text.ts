import { factsText } from '../../core/format-words.ts';
import type { InputInspection, TokenLengths } from '../../core/input-inspection.ts';
import { printable } from '../reporters/printable.ts';

const BAR_WIDTH = 30;
const CELL_CHARS = 60;
const count = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** An inspection for a person. */
export function inspectionText(found: InputInspection): string {
  const { facts, columns, problems, tokens } = found;
  const packed = found.compression === null ? '' : `, ${found.compression}`;
  const files = found.files === 1 ? '' : `, ${count.format(found.files)} files`;
  const about = found.totalExact ? '' : 'about ';
  const sample = found.complete ? 'all of them' : `the first ${count.format(found.sampleRows)}`;
  const lines = [
    `format    ${factsText(found.format, facts)}${packed}${files}, ${count.format(found.byteLength)} bytes`,
    `rows      ${found.totalRows === null ? 'not known' : about + count.format(found.totalRows)}; looked at: ${sample}`,
    'columns',
    ...columns.map((column, index) => columnLine(found, column, index)),
  ];
  if (found.textColumn === null) lines.push('text      no column looks like it: say --text-column');
  if (tokens !== null) lines.push(...tokenLines(tokens));
  lines.push(problems.length === 0 ? 'problems  none seen' : 'problems');
  for (const { code, rows, example } of problems)
    lines.push(
      `  ${count.format(rows)} ${rows === 1 ? 'row' : 'rows'} ${code}: ${printable(clip(example, 200))}`,
    );
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
  const share = (100 * tokens.truncated) / tokens.rows;
  return [
    `tokens    ${tokens.model}, of ${count.format(tokens.rows)} rows: median ${tokens.median}, mean ${count.format(tokens.mean)}, 95% up to ${tokens.p95}, longest ${tokens.longest}`,
    ...tokens.histogram.map(
      ({ upTo, rows }) =>
        `  up to ${String(upTo).padStart(6)} ${'#'.repeat(Math.ceil((BAR_WIDTH * rows) / Math.max(most, 1))).padEnd(BAR_WIDTH)} ${count.format(rows)}`,
    ),
    tokens.truncated === 0
      ? `  none is longer than the model takes (${tokens.maxLength})`
      : `  ${count.format(tokens.truncated)} (${count.format(share)}%) are longer than the model takes and will be cut to ${tokens.maxLength}`,
    ...(tokens.jobTokens === null ? [] : [`  the whole job: about ${count.format(tokens.jobTokens)} tokens`]),
  ];
}

function clip(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars)}…`;
}
