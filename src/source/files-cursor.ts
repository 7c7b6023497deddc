import { byteCount } from './byte-count.ts';
import type { RowErrorCode } from '../core/quarantine.ts';
import { isDamage, type JoinedRange } from './join-files.ts';
import type {
  BlockListener,
  FormatOptions,
  RecordCursor,
  RecordEnd,
  RecordPosition,
  SourceRecord,
} from './source-format.ts';

/** Files read at once: one at a time would wait for each. */
const READ_AT_ONCE = 16;
const LF = 0x0a;

/** What becomes of a file: called with its name and whole content. Whether it is read at all is decided before. */
export type FileToRecord = (
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  end: RecordEnd,
) => Promise<SourceRecord>;

export type FileRules = {
  readonly toRecord: FileToRecord;
  /** What a file is rejected as whose bytes cannot be had, as in a damaged archive; null: nothing is read any further. */
  readonly damaged: RowErrorCode | null;
};

/** A file as a record, and its bytes with the line feed behind them; null when it was not read. */
type Read = {
  readonly record: SourceRecord;
  readonly block: Uint8Array<ArrayBuffer> | null;
  readonly start: number;
};

/** Records of a dataset whose files are a row each. */
export class FilesCursor implements RecordCursor {
  readonly #range: JoinedRange;
  readonly #options: FormatOptions;
  readonly #rules: FileRules;
  readonly #signal: AbortSignal;
  readonly #onBlock: BlockListener | undefined;
  #next: number;
  #ready: SourceRecord[] = [];

  constructor(
    range: JoinedRange,
    from: RecordPosition,
    options: FormatOptions,
    rules: FileRules,
    signal: AbortSignal,
    onBlock?: BlockListener,
  ) {
    this.#range = range;
    this.#options = options;
    this.#rules = rules;
    this.#signal = signal;
    this.#onBlock = onBlock;
    this.#next = from.byte >= range.byteLength ? range.files.length : range.indexAt(from.byte);
  }

  /** A file counts as a line. */
  get line(): number {
    return this.#next + 1;
  }

  next(): SourceRecord | null {
    return this.#ready.shift() ?? null;
  }

  async fill(): Promise<boolean> {
    this.#signal.throwIfAborted();
    const first = this.#next;
    let bytes = 0;
    let last = first;
    const { files } = this.#range;
    while (last < files.length && last < first + READ_AT_ONCE && bytes <= this.#options.blockBytes)
      bytes += files[last++]!.range.byteLength;
    this.#next = last;
    const reads = await Promise.all(Array.from({ length: last - first }, (_, i) => this.#read(first + i)));
    this.#ready = reads.map(({ record }) => record);
    for (const { block, start } of reads) if (block !== null) this.#onBlock?.(block, start);
    return last > first;
  }

  async #read(index: number): Promise<Read> {
    const { range, start } = this.#range.files[index]!;
    const { byteLength, name } = range;
    const { maxRowBytes } = this.#options;
    const end = { byteEnd: start + byteLength + 1, line: index + 1, nextLine: index + 2 };
    if (byteLength > maxRowBytes) {
      const message = `${name} has ${byteCount(byteLength)}, and a row may have ${byteCount(maxRowBytes)}`;
      const record = { kind: 'reject', code: 'ROW_TOO_LARGE', message, input: null, ...end } as const;
      return { record, block: null, start };
    }
    const block = new Uint8Array(byteLength + 1).fill(LF);
    const { toRecord, damaged } = this.#rules;
    try {
      block.set(await range.slice(0, byteLength, this.#signal));
    } catch (thrown) {
      if (damaged === null || !isDamage(thrown)) throw thrown;
      const record = { kind: 'reject', code: damaged, message: thrown.message, input: null, ...end } as const;
      return { record, block, start };
    }
    return { record: await toRecord(name, block.subarray(0, byteLength), end), block, start };
  }
}
