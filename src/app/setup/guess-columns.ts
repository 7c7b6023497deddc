import type { InputPreview } from '../../core/job-api.ts';
import { RESERVED_COLUMNS, type TaskKind } from '../../core/job-spec.ts';

const TEXT_NAMES = ['text', 'content', 'body', 'gloss', 'sentence', 'description'];
const ID_NAMES = ['id', '_id', 'uuid', 'doc_id', 'docid', 'key'];

/** True for a column that cannot go into the output of a task: Millrace writes one of that name itself. */
export function isReserved(column: string, task: TaskKind): boolean {
  return RESERVED_COLUMNS[task].includes(column);
}

/** The column that most looks like the text: by name, else the one with the longest cells; null without columns. */
export function guessTextColumn(preview: InputPreview): string | null {
  const named = byName(preview.columns, TEXT_NAMES);
  if (named !== null) return named;
  let longest: { readonly column: string; readonly chars: number } | null = null;
  for (const [index, column] of preview.columns.entries()) {
    const chars = preview.rows.reduce((sum, row) => sum + (row[index]?.length ?? 0), 0);
    if (longest === null || chars > longest.chars) longest = { column, chars };
  }
  return longest?.column ?? null;
}

/** A column that is named like an id and holds a different value in every row seen: a wrong guess would cost rows. */
export function guessIdColumn(preview: InputPreview, task: TaskKind): string | null {
  const named = byName(preview.columns, ID_NAMES);
  if (named === null || isReserved(named, task)) return null;
  const index = preview.columns.indexOf(named);
  const values = preview.rows.map((row) => row[index] ?? '');
  const usable = values.every((value) => value !== '') && new Set(values).size === values.length;
  return usable ? named : null;
}

function byName(columns: readonly string[], names: readonly string[]): string | null {
  for (const name of names) {
    const column = columns.find((candidate) => candidate.toLowerCase() === name);
    if (column !== undefined) return column;
  }
  return null;
}
