/** A key of a job's database: a name, a number, or a pair. */
export type StoredKey = string | number | readonly StoredKey[];

/** One record of a job's database as JSON, to be moved to another browser profile. Buffers in it are `PackedBytes`. */
export type StoredRecord = { readonly store: string; readonly key: StoredKey; readonly value: unknown };

export type StoredPage = {
  readonly records: readonly StoredRecord[];
  /** Where the next page begins: behind this record. Null after the last one. */
  readonly next: Pick<StoredRecord, 'store' | 'key'> | null;
};
