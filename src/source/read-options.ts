import type { ReadColumn } from '../core/chunk.ts';
import type { InputFormat } from '../core/input-format.ts';
import type { ParseOptions } from '../core/job-spec.ts';
import type { IdIndex } from './id-index.ts';

/** What is read of a source. Apart from `blockBytes`, everything here decides what the chunks are. */
export type ReadOptions = {
  readonly format: InputFormat;
  readonly parse?: ParseOptions;
  /** Columns that the task reads. */
  readonly read: readonly ReadColumn[];
  readonly idColumn: string | null;
  /** Columns of the output, in order; the id column first if there is one (`keptColumns`). */
  readonly keep: readonly string[];
  /** Ids used so far; with it, a row whose id an earlier row has is rejected as `ROW_DUPLICATE_ID`. */
  readonly ids?: IdIndex;
  readonly limits?: Partial<ReadLimits>;
  /** Name of the file for the messages of rejects; left out where there is only one. */
  readonly fileName?: string;
};

export type ReadLimits = {
  /** Most records of a chunk, the rejected ones included. */
  readonly maxRows: number;
  /** Most source bytes of a chunk of more than one record. */
  readonly maxBytes: number;
  /** Most source bytes of a record, its line end excluded; a longer one is `ROW_TOO_LARGE`. */
  readonly maxRowBytes: number;
  /** Bytes read at once. */
  readonly blockBytes: number;
};

export const DEFAULT_READ_LIMITS: ReadLimits = {
  maxRows: 1024,
  maxBytes: 2 * 1024 * 1024,
  maxRowBytes: 16 * 1024 * 1024,
  blockBytes: 1024 * 1024,
};

/** Pictures are larger than texts, and their pixels much larger: fewer are planned and held together. */
const IMAGE_READ_LIMITS: Partial<ReadLimits> = {
  maxRows: 32,
  maxBytes: 16 * 1024 * 1024,
  maxRowBytes: 64 * 1024 * 1024,
};

/** The limits of a format, and what is said beside them. */
export function readLimits({ format, limits }: Pick<ReadOptions, 'format' | 'limits'>): ReadLimits {
  return { ...DEFAULT_READ_LIMITS, ...(format === 'images' ? IMAGE_READ_LIMITS : {}), ...limits };
}

/** Every column that must be taken out of a record, each once. */
export function columnsToRead({
  read,
  idColumn,
  keep,
}: Pick<ReadOptions, 'read' | 'idColumn' | 'keep'>): readonly string[] {
  return [
    ...new Set([...read.map(({ column }) => column), ...keep, ...(idColumn === null ? [] : [idColumn])]),
  ];
}
