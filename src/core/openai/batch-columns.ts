/**
 * The columns that a row of an OpenAI Batch file has, one row an input of a request. Those that begin with `$` are for the
 * job alone: what the task reads (see `requestInput`), and what the answer needs beside the vector.
 */
export const BATCH_COLUMNS = {
  customId: 'custom_id',
  index: 'index',
  text: 'text',
  tokens: 'tokens',
  dimensions: 'dimensions',
  encodingFormat: 'encoding_format',
  model: 'model',
  input: '$input',
  request: '$request',
} as const;

/** What the input's owner sees of a row. */
export const SHOWN_BATCH_COLUMNS: readonly string[] = [
  BATCH_COLUMNS.customId,
  BATCH_COLUMNS.index,
  BATCH_COLUMNS.text,
  BATCH_COLUMNS.tokens,
  BATCH_COLUMNS.dimensions,
  BATCH_COLUMNS.encodingFormat,
  BATCH_COLUMNS.model,
];

/** What is kept of a row, in this order. */
export const KEPT_BATCH_COLUMNS: readonly string[] = [
  BATCH_COLUMNS.customId,
  BATCH_COLUMNS.index,
  BATCH_COLUMNS.request,
];

/** What `$request` holds, as JSON: how the request is to be answered. */
export type RequestAnswer = {
  /** Inputs of the request. */
  readonly of: number;
  /** First values of each vector that are wanted; null: all. */
  readonly dimensions: number | null;
  readonly base64: boolean;
};
