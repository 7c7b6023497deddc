/** What keeps the largest tensors of a batch within a device's limits; a width of 0 is not known and bounds nothing. */
export type TensorBounds = {
  /** Most bytes of one tensor. */
  readonly maxTensorBytes: number;
  readonly heads: number;
  readonly hidden: number;
  readonly intermediate: number;
};

/** What a window's rows are cut by. Part of the plan: other values give another one. */
export type Batching = {
  /** Most padded tokens (rows x padded length) of a batch of more than one row. */
  readonly budgetTokens: number;
  /** What a run costs beside its tokens, in tokens: so much filler may be saved by one more batch before it pays. */
  readonly runCostTokens: number;
  /** Left out: the budget alone bounds a batch. */
  readonly bounds?: TensorBounds;
};

export const BATCHING_SOURCES = ['fixed', 'found', 'remembered', 'default'] as const;
/**
 * Where a job's token budget comes from: the user; a search on the job's first rows; a search of an earlier job with the
 * same model and device; what suits the kind of device, for a job too small to pay for a search.
 */
export type BatchingSource = (typeof BATCHING_SOURCES)[number];

/** How a job batches its rows: decided once, before its first window is planned, and recorded with the job. */
export type JobBatching = Batching & {
  readonly source: BatchingSource;
  /** How often the budget was halved since, because a batch did not fit into the device's memory. */
  readonly halved: number;
};

const SOURCE_WORDS: Readonly<Record<BatchingSource, string>> = {
  fixed: 'as asked',
  found: 'found on the first rows',
  remembered: 'as an earlier job found',
  default: 'usual for such a device',
};

/** Where the budget comes from, in words for a person: `found on the first rows, then halved twice for lack of memory`. */
export function budgetReason({ source, halved }: JobBatching): string {
  if (halved === 0) return SOURCE_WORDS[source];
  const times = halved === 1 ? 'once' : halved === 2 ? 'twice' : `${halved} times`;
  return `${SOURCE_WORDS[source]}, then halved ${times} for lack of memory`;
}
