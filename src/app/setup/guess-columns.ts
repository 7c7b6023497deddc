import { idColumnAmong, textColumnAmong } from '../../core/guess-columns.ts';
import type { InputPreview } from '../../core/job-api.ts';
import { PATH_COLUMN } from '../../core/input-format.ts';
import { RESERVED_COLUMNS, type TaskKind } from '../../core/job-spec.ts';

/** True for a column that cannot go into the output of a task: Millrace writes one of that name itself. */
export function isReserved(column: string, task: TaskKind): boolean {
  return RESERVED_COLUMNS[task].includes(column);
}

/** The column that most looks like the text: by name, else the one with the longest cells; null without columns, and for pictures. */
export function guessTextColumn({ format, columns, rows }: InputPreview): string | null {
  if (format === 'images') return null;
  const charsOf = (_: string, index: number) => rows.reduce((sum, row) => sum + (row[index]?.length ?? 0), 0);
  return textColumnAmong(columns, charsOf) ?? columns[0] ?? null;
}

/** A column that is named like an id and holds a different value in every row seen: a wrong guess would cost rows. */
export function guessIdColumn(preview: InputPreview, task: TaskKind): string | null {
  if (preview.format === 'images') return PATH_COLUMN;
  const named = idColumnAmong(preview.columns);
  if (named === null || isReserved(named, task)) return null;
  const index = preview.columns.indexOf(named);
  const values = preview.rows.map((row) => row[index] ?? '');
  const usable = values.every((value) => value !== '') && new Set(values).size === values.length;
  return usable ? named : null;
}
