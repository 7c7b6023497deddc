/**
 * Passages of texts that are longer than the model, `PASSAGE_FIELDS` numbers each, one after the other: one array travels
 * between threads and into the store. What users see as the windows of a text; a window in the code is one of chunks.
 */
export type Passages = Uint32Array<ArrayBuffer>;

export const PASSAGE_FIELDS = 5;

/** A stretch of a row's text that is run as an example of its own. */
export type Passage = {
  /** Place among the passages of its row, from 0. */
  readonly number: number;
  /** Passages of its row. */
  readonly count: number;
  /** Where it lies in the row's text, in Unicode code points: `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Tokens of the text itself: what the tokenizer puts around it is not among them. */
  readonly tokens: number;
};

export function passageAt(passages: Passages, index: number): Passage {
  const at = index * PASSAGE_FIELDS;
  return {
    number: passages[at]!,
    count: passages[at + 1]!,
    start: passages[at + 2]!,
    end: passages[at + 3]!,
    tokens: passages[at + 4]!,
  };
}

/** The place of one among the passages of its row. */
export function passageNumber(passages: Passages, index: number): number {
  return passages[index * PASSAGE_FIELDS]!;
}

export function packPassages(list: readonly Passage[]): Passages {
  return Uint32Array.from(
    list.flatMap(({ number, count, start, end, tokens }) => [number, count, start, end, tokens]),
  );
}

/** Those at these places, in this order. */
export function pickPassages(passages: Passages, indices: ArrayLike<number>): Passages {
  const picked = new Uint32Array(indices.length * PASSAGE_FIELDS);
  for (let to = 0; to < indices.length; to++) {
    const from = indices[to]! * PASSAGE_FIELDS;
    picked.set(passages.subarray(from, from + PASSAGE_FIELDS), to * PASSAGE_FIELDS);
  }
  return picked;
}

/** All of several, one after the other; left out where there are none. */
export function joinPassages(parts: readonly (Passages | undefined)[]): { readonly passages?: Passages } {
  const present = parts.filter((part) => part !== undefined);
  if (present.length === 0) return {};
  const joined = new Uint32Array(present.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of present) {
    joined.set(part, at);
    at += part.length;
  }
  return { passages: joined };
}
