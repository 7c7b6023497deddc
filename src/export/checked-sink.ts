import { JobError } from '../core/job-error.ts';
import { WINDOW_COLUMNS } from '../core/long-texts.ts';
import { resultRowBytes } from '../core/result-output.ts';
import type { ResultBatch, ResultSchema } from '../core/result-schema.ts';
import type { Sink } from './sink.ts';

/** Lets a sink see only batches that fit the schema: a row out twice, out of order or not at all is an error. */
export class CheckedSink implements Sink {
  readonly #schema: ResultSchema;
  readonly #sink: Sink;
  #state: 'open' | 'failed' | 'finished' | 'aborted' = 'open';
  #rowsWritten = 0;
  #lastRow = -1;
  #lastWindow = -1;

  constructor(schema: ResultSchema, sink: Sink) {
    this.#schema = schema;
    this.#sink = sink;
  }

  get files(): readonly string[] {
    return this.#sink.files;
  }

  get notices(): readonly string[] {
    return this.#sink.notices ?? [];
  }

  async write(batch: ResultBatch): Promise<void> {
    await this.#whileOpen('open', async () => {
      this.#check(batch);
      if (batch.rows.length > 0) await this.#sink.write(batch);
    });
  }

  async finish(): Promise<void> {
    await this.#whileOpen('finished', async () => {
      const { rowCount } = this.#schema;
      if (this.#rowsWritten !== rowCount) {
        throw new JobError(
          'EXPORT_FAILED',
          `The export has ${this.#rowsWritten} rows, expected ${rowCount}.`,
        );
      }
      await this.#sink.finish();
    });
  }

  async abort(): Promise<void> {
    if (this.#state === 'aborted') return;
    this.#state = 'aborted';
    await this.#sink.abort();
  }

  async #whileOpen(next: 'open' | 'finished', call: () => Promise<void>): Promise<void> {
    if (this.#state !== 'open') throw new TypeError(`expected an open sink, got one that is ${this.#state}`);
    // A call that throws, or that an abort overtakes, leaves the sink closed.
    this.#state = 'failed';
    await call();
    if (this.#state === 'failed') this.#state = next;
  }

  #check(batch: ResultBatch): void {
    const { columns, output, rowCount } = this.#schema;
    const { rows, kept, values } = batch;
    const rowBytes = resultRowBytes(output);
    if (values.length !== rows.length * rowBytes) {
      throw new RangeError(
        `expected ${rows.length} results of ${rowBytes} bytes, got ${values.length} bytes`,
      );
    }
    for (const { name } of columns) {
      const length = Object.hasOwn(kept, name) ? kept[name]?.length : undefined;
      if (length !== rows.length) {
        throw new RangeError(`expected ${rows.length} values of column "${name}", got ${length ?? 'none'}`);
      }
    }
    const windows = this.#schema.windowed === true ? kept[WINDOW_COLUMNS[0]] : undefined;
    for (const [index, row] of rows.entries()) {
      const window = Number(windows?.[index] ?? 0);
      // A part of an output may begin with a window in the middle of a text.
      const begins = window === 0 || this.#lastRow < 0;
      const goesOn = windows !== undefined && window === this.#lastWindow + 1;
      const follows = row === this.#lastRow ? goesOn : row > this.#lastRow && begins;
      if (!follows) {
        const which = windows === undefined ? '' : `window ${window} of `;
        throw new JobError('EXPORT_FAILED', `The export got ${which}row ${row} after row ${this.#lastRow}.`);
      }
      this.#lastRow = row;
      this.#lastWindow = window;
    }
    this.#rowsWritten += rows.length;
    if (this.#rowsWritten > rowCount) {
      throw new JobError('EXPORT_FAILED', `The export got ${this.#rowsWritten} rows, expected ${rowCount}.`);
    }
  }
}
