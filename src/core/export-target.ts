/** Where one output file's bytes go, in order. Nothing stands under the final name before `finish`. */
export interface ByteTarget {
  /** May keep the bytes until the next call returns; the caller does not change them afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/** Where an export's files go. */
export interface ExportTarget {
  /** @param suffix appended to the output's base name: `''`-free, such as `.parquet` or `.ids.jsonl`. */
  open(suffix: string): Promise<ByteTarget>;
}

/** An export target that can be posted to the export worker. */
export type ExportTargetRef =
  | {
      readonly kind: 'http';
      /** `POST {url}?file={suffix}&offset={bytes so far}` appends, `&finish=1` completes, `DELETE {url}?file=` discards. */
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'opfs';
      /** Folder of the origin's private file system, created as needed. */
      readonly folder: string;
      readonly baseName: string;
      /** Of the manifest beside one file, which the export worker writes; in a folder of parts it has a name of its own. */
      readonly manifestSuffix: string;
    };
