import type { ByteTarget, ExportTarget } from '../core/export-target.ts';
import type { ResultBatch, ResultSchema } from '../core/result-schema.ts';
import type { Sink, SinkFormat, SinkOptions } from './sink.ts';
import { sliceBatch } from './slice-batch.ts';

export type PartitionOptions = {
  readonly format: SinkFormat;
  readonly schema: ResultSchema;
  readonly target: ExportTarget;
  readonly rowsPerFile: number;
  readonly options: SinkOptions;
};

/** The part being written, and the rows that it still takes. */
type Part = { readonly sink: Sink; readonly rowCount: number; room: number };

/**
 * Results in files of the same number of rows each, but for the last: `/part-00000.parquet`, … Where there are no rows there
 * is one file without any, which still says what the columns are.
 */
export class PartitionedSink implements Sink {
  readonly #given: PartitionOptions;
  readonly #opened: ByteTarget[] = [];
  readonly #rowsByFile: [string, number][] = [];
  readonly #files: string[] = [];
  readonly #notices = new Set<string>();
  #part: Part | null = null;
  #parts = 0;
  #rowsLeft: number;

  constructor(given: PartitionOptions) {
    this.#given = given;
    this.#rowsLeft = given.schema.rowCount;
  }

  get files(): readonly string[] {
    return this.#files;
  }

  get rowsByFile(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rowsByFile);
  }

  get notices(): readonly string[] {
    return [...this.#notices];
  }

  async write(batch: ResultBatch): Promise<void> {
    const { output } = this.#given.schema;
    for (let taken = 0; taken < batch.rows.length;) {
      const part = this.#part ?? (await this.#open());
      const end = Math.min(batch.rows.length, taken + part.room);
      await part.sink.write(sliceBatch(batch, output, taken, end));
      part.room -= end - taken;
      taken = end;
      if (part.room === 0) await this.#close(part);
    }
  }

  async finish(): Promise<void> {
    if (this.#parts === 0) await this.#open();
    // Only one that lacks rows is still open, and it says so.
    if (this.#part !== null) await this.#close(this.#part);
  }

  async abort(): Promise<void> {
    const results = await Promise.allSettled([
      this.#part?.sink.abort(),
      ...this.#opened.map((file) => file.abort()),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #open(): Promise<Part> {
    const { format, schema, target, options, rowsPerFile } = this.#given;
    const rowCount = Math.min(rowsPerFile, this.#rowsLeft);
    const name = `/part-${String(this.#parts++).padStart(5, '0')}`;
    const inPart: ExportTarget = {
      open: async (suffix) => {
        const file = await target.open(`${name}${suffix}`);
        this.#opened.push(file);
        return file;
      },
    };
    const sink = await format.open({ ...schema, rowCount }, inPart, options);
    const files = sink.files.map((suffix) => `${name}${suffix}`);
    this.#files.push(...files);
    this.#rowsByFile.push(...files.map((file): [string, number] => [file, rowCount]));
    this.#part = { sink, rowCount, room: rowCount };
    return this.#part;
  }

  async #close(part: Part): Promise<void> {
    await part.sink.finish();
    for (const notice of part.sink.notices ?? []) this.#notices.add(notice);
    this.#rowsLeft -= part.rowCount;
    this.#part = null;
  }
}
