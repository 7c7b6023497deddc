const TEXT_NAMES = ['text', 'content', 'body', 'gloss', 'sentence', 'description'];
const ID_NAMES = ['id', '_id', 'uuid', 'doc_id', 'docid', 'key'];

/** The column that most looks like the text: by name, else the one with the most characters; null when none has any. */
export function textColumnAmong(
  columns: readonly string[],
  charsOf: (column: string, index: number) => number,
): string | null {
  const named = byName(columns, TEXT_NAMES);
  if (named !== null) return named;
  let longest: { readonly column: string; readonly chars: number } | null = null;
  for (const [index, column] of columns.entries()) {
    const chars = charsOf(column, index);
    if (chars > (longest?.chars ?? 0)) longest = { column, chars };
  }
  return longest?.column ?? null;
}

/** A column that is named like an id; whether its values can be ids is another question. */
export function idColumnAmong(columns: readonly string[]): string | null {
  return byName(columns, ID_NAMES);
}

/** In the order of the names. */
function byName(columns: readonly string[], names: readonly string[]): string | null {
  for (const name of names) {
    const column = columns.find((candidate) => candidate.toLowerCase() === name);
    if (column !== undefined) return column;
  }
  return null;
}
