import { longestFirst } from './plan-batches.ts';

/** Rows to measure with: batches of any size that are padded to one length, so that only their size differs. */
export type TypicalRows = {
  /** Tokens that each row is padded to. */
  readonly paddedLength: number;
  /** Examples of at most that length, longest first; at least one. */
  readonly examples: Uint32Array<ArrayBuffer>;
};

/** The rows from the one on at which, longest first, half of all tokens are reached. @param lengths at least one */
export function typicalRows(lengths: Uint32Array): TypicalRows {
  const order = longestFirst(lengths);
  const half = lengths.reduce((sum, length) => sum + length, 0) / 2;
  let start = 0;
  for (let tokens = lengths[order[0]!]!; tokens < half; tokens += lengths[order[start]!]!) start++;
  return { paddedLength: lengths[order[start]!]!, examples: order.subarray(start) };
}

/** `count` of the rows; once there are no more, from the first again: how long a batch takes depends on its dims alone. */
export function takeRows({ examples }: TypicalRows, count: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: count }, (_, i) => examples[i % examples.length]!);
}
