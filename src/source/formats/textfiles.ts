import { JobError } from '../../core/job-error.ts';
import { memoryByteRange } from '../../util/byte-range/memory-byte-range.ts';
import { byteCount } from '../byte-count.ts';
import { JoinedRange } from '../join-files.ts';
import type {
  BlockListener,
  FormatOptions,
  RecordCursor,
  RecordEnd,
  RecordPosition,
  SourceFormat,
  SourceRecord,
} from '../source-format.ts';
import { openText } from '../text-start.ts';

const COLUMNS = ['path', 'text'];
/** Files read at once: one at a time would wait for each. */
const READ_AT_ONCE = 16;
const LF = 0x0a;

/** A folder of text files: a file a row, with the columns `path` and `text`. Each file has an encoding of its own. */
export const textfiles: SourceFormat = {
  name: 'textfiles',
  async open(range, options) {
    if (!(range instanceof JoinedRange))
      throw new TypeError('textfiles: expected the files of a dataset as one');
    return {
      columns: COLUMNS,
      first: { byte: 0, line: 1 },
      facts: { encoding: options.parse.encoding ?? null, delimiter: null, header: null },
      read: (from, signal, onBlock) => new TextFilesCursor(range, from, options, signal, onBlock),
    };
  },
};

/** A file as a record, and its bytes with the line feed behind them; null when it was not read. */
type Read = {
  readonly record: SourceRecord;
  readonly block: Uint8Array<ArrayBuffer> | null;
  readonly start: number;
};

class TextFilesCursor implements RecordCursor {
  readonly #range: JoinedRange;
  readonly #options: FormatOptions;
  readonly #columns: readonly string[];
  readonly #signal: AbortSignal;
  readonly #onBlock: BlockListener | undefined;
  #next: number;
  #ready: SourceRecord[] = [];

  constructor(
    range: JoinedRange,
    from: RecordPosition,
    options: FormatOptions,
    signal: AbortSignal,
    onBlock?: BlockListener,
  ) {
    this.#range = range;
    this.#options = options;
    this.#columns = options.columns ?? COLUMNS;
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
    const block = new Uint8Array(byteLength + 1);
    block.set(await range.slice(0, byteLength, this.#signal));
    block[byteLength] = LF;
    return { record: await this.#record(name, block.subarray(0, byteLength), end), block, start };
  }

  async #record(name: string, bytes: Uint8Array, end: RecordEnd): Promise<SourceRecord> {
    let text = '';
    try {
      if (bytes.length > 0) {
        const start = await openText(
          memoryByteRange(name, bytes),
          this.#options.parse.encoding,
          this.#signal,
        );
        const decoded = start.encoding.decode(bytes.subarray(start.byte));
        if (!decoded.valid)
          throw new JobError('INPUT_FORMAT', `${name} is not valid ${start.encoding.label}.`);
        ({ text } = decoded);
      }
    } catch (thrown) {
      if (!(thrown instanceof JobError) || thrown.code !== 'INPUT_FORMAT') throw thrown;
      const message = thrown.message.replace(/\.$/, '');
      return { kind: 'reject', code: 'ROW_BAD_UTF8', message, input: null, ...end };
    }
    const values = this.#columns.map((column) =>
      column === 'path' ? name : column === 'text' ? text : undefined,
    );
    return { kind: 'row', columns: this.#columns, values, json: null, place: name, ...end };
  }
}
