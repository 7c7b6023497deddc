/**
 * Bytes that can be read in any order: a file, a blob, a URL with range requests, memory.
 * The only way that Millrace reads datasets and models.
 */
export interface ByteRange {
  /** Name for messages: a file name, never a full path of another machine. */
  readonly name: string;
  readonly byteLength: number;
  /**
   * Reads `[start, end)`. Bounds beyond the end are clamped.
   * @throws JobError `INPUT_CHANGED` when fewer bytes come back than the range held when it was opened.
   */
  slice(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The files of a dataset, in order; at least one. Names are paths within the dataset, and no two are the same.
 * Their rows are numbered through.
 */
export type DatasetRef = readonly ByteRangeRef[];

/** Where a byte range lives; can be posted to a worker, which opens it with `openByteRange`. */
export type ByteRangeRef =
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob }
  | {
      readonly kind: 'url';
      readonly name: string;
      /** Must answer `Range: bytes=a-b` with 206. */
      readonly url: string;
      readonly byteLength: number;
      readonly headers: Readonly<Record<string, string>>;
    };
