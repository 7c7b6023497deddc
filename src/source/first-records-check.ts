import type { ByteRange } from '../core/byte-range.ts';
import { JobError } from '../core/job-error.ts';
import { clipText } from './clip-text.ts';
import { columnsFound } from './columns-found.ts';
import { columnsToRead, type ReadOptions } from './read-options.ts';
import type { RecordReader, SourceRecord } from './source-format.ts';

/**
 * Watches the records of the first chunk for what is wrong with the whole file rather than with single rows:
 * a column that no row has, or no row at all that is of the format.
 */
export class FirstRecordsCheck {
  readonly #range: ByteRange;
  readonly #options: ReadOptions;
  readonly #reader: RecordReader;
  readonly #columns: readonly string[];
  readonly #seen: boolean[];
  #rows = 0;
  #records = 0;
  #firstReject: string | null = null;

  constructor(range: ByteRange, options: ReadOptions, reader: RecordReader) {
    this.#range = range;
    this.#options = options;
    this.#reader = reader;
    this.#columns = columnsToRead(options);
    this.#seen = this.#columns.map((column) => reader.columns?.includes(column) ?? false);
  }

  add(record: SourceRecord): void {
    this.#records++;
    if (record.kind === 'reject') {
      this.#firstReject ??= record.message;
      return;
    }
    this.#rows++;
    for (let i = 0; i < this.#seen.length; i++) if (record.values[i] !== undefined) this.#seen[i] = true;
  }

  /** @throws JobError `INPUT_EMPTY`, `INPUT_FORMAT`, `COLUMN_MISSING`. */
  async finish(signal: AbortSignal): Promise<void> {
    const { name } = this.#range;
    if (this.#records === 0) {
      const holds = this.#reader.columns === null ? 'no records' : 'a header and no records';
      throw new JobError('INPUT_EMPTY', `${name} is empty: it has ${holds}.`);
    }
    if (this.#reader.columns === null && this.#firstReject !== null)
      await this.#checkFormat(this.#firstReject, signal);
    await this.checkColumns(signal);
  }

  /** By what was seen so far, or is declared. @throws JobError `COLUMN_MISSING`. */
  async checkColumns(signal: AbortSignal): Promise<void> {
    const missing = this.#columns.filter((_, index) => !this.#seen[index]);
    if (missing.length > 0) throw await this.#columnMissing(missing, signal);
  }

  async #checkFormat(firstReject: string, signal: AbortSignal): Promise<void> {
    const { byte } = this.#reader.first;
    const encoding = this.#reader.facts.encoding ?? 'utf-8';
    const head = await this.#range.slice(byte, byte + 64, signal);
    const start = new TextDecoder(encoding).decode(head).trimStart();
    // The last element of an array that was written one to a line has no comma behind it, and is a good row.
    const isArray = start.startsWith('[') && this.#rows <= 1;
    if (this.#rows > 0 && !isArray) return;
    const problem = isArray
      ? 'it begins like one JSON array'
      : `none of its first ${this.#records} records is readable: ${firstReject}`;
    const hint = isArray
      ? "JSONL has one JSON object on each line, without brackets and commas around them: `jq -c '.[]'` makes it from an array."
      : 'JSONL has one JSON object on each line. Say --format for another format.';
    const format = this.#options.format.toUpperCase();
    throw new JobError('INPUT_FORMAT', `${this.#range.name} does not look like ${format}: ${problem}.`, {
      hint,
    });
  }

  async #columnMissing(missing: readonly string[], signal: AbortSignal): Promise<JobError> {
    const { read, idColumn } = this.#options;
    const found = this.#reader.columns ?? (await columnsFound(this.#range, this.#options, signal));
    const named = missing.map((column) => `"${clipText(column)}"`).join(', ');
    const options = [
      ...(read.some(({ column }) => missing.includes(column)) ? ['--text-column'] : []),
      ...(idColumn !== null && missing.includes(idColumn) ? ['--id-column'] : []),
      ...(missing.some((column) => column !== idColumn && !read.some((one) => one.column === column))
        ? ['--keep']
        : []),
    ];
    const where = this.#reader.columns === null ? ` in its first ${this.#records} rows` : '';
    return new JobError(
      'COLUMN_MISSING',
      `${this.#range.name} has no ${missing.length === 1 ? 'column' : 'columns'} ${named}${where}; columns found: ${listed(found)}.`,
      { hint: `Name columns that it has with ${options.join(' and ')}.${this.#csvHint(found)}` },
    );
  }

  #csvHint(columns: readonly string[]): string {
    const { delimiter, header } = this.#reader.facts;
    if (delimiter === null) return '';
    if (columns.length === 1) return ' Its fields may be divided by another character: see --delimiter.';
    // What stands in the place of names, and is none.
    const isRecord = columns.some((column) => /^-?[\d.]+$/.test(column) || column.length > 64);
    return header === true && isRecord ? ' If its first line is a record already, say --no-header.' : '';
  }
}

const MOST_LISTED = 50;

function listed(columns: readonly string[]): string {
  const named = columns.filter((column) => column !== '');
  const shown = named.slice(0, MOST_LISTED).map((column) => clipText(column));
  if (named.length > MOST_LISTED) shown.push(`and ${named.length - MOST_LISTED} more`);
  return shown.join(', ') || 'none';
}
