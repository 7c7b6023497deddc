import type { ByteTarget } from '../../core/export-target.ts';
import type { ResultBatch, ResultColumn, ResultSchema } from '../../core/result-schema.ts';
import { decodeUtf8 } from '../output/decode-kept.ts';
import { outputColumns } from '../output/output-columns.ts';
import type { Sink, SinkOptions } from '../sink.ts';
import { sinkFormat } from '../sink-format.ts';
import { csvCell, looksLikeFormula } from '../text/csv-cell.ts';
import { outputTexts } from '../text/output-text.ts';
import { TextBuffer } from '../text/text-buffer.ts';

const SUFFIX = '.csv';
const FLUSH_BYTES = 1 << 20;

/**
 * CSV of RFC 4180 in UTF-8 without a byte order mark, a header first. Null is an empty cell, the empty string is `""`. A
 * vector is one cell, a JSON list: columns stay as few as they are for any model, and DuckDB (`embedding::FLOAT[]`) and
 * `json.loads` take it as it is.
 */
export const csvFormat = sinkFormat(
  'csv',
  async (schema, target, options) => new CsvSink(schema, await target.open(SUFFIX), options),
);

class CsvSink implements Sink {
  readonly files = [SUFFIX];
  readonly #schema: ResultSchema;
  readonly #target: ByteTarget;
  readonly #guard: boolean;
  readonly #buffer = new TextBuffer(2 * FLUSH_BYTES);
  #formulas = false;

  constructor(schema: ResultSchema, target: ByteTarget, { csvGuard }: SinkOptions) {
    this.#schema = schema;
    this.#target = target;
    this.#guard = csvGuard;
    const names = ['row', ...schema.columns.map(({ name }) => name), ...outputColumns(schema.output)];
    this.#buffer.text(`${names.map((name) => csvCell(name, this.#guard)).join()}\r\n`);
  }

  get notices(): readonly string[] {
    if (!this.#formulas) return [];
    return [
      this.#guard
        ? 'The CSV has an apostrophe before text that a spreadsheet would have run as a formula.'
        : 'A spreadsheet may run cells of the CSV as formulas: text that begins with =, +, -, @, a tab or a carriage return. --csv-guard puts an apostrophe before it.',
    ];
  }

  async write(batch: ResultBatch): Promise<void> {
    const { columns, output } = this.#schema;
    const buffer = this.#buffer;
    const outputs = outputTexts(output, batch);
    for (let i = 0; i < batch.rows.length; i++) {
      const row = batch.rows[i]!;
      buffer.text(String(row));
      for (const column of columns)
        buffer.text(`,${this.#keptCell(column, batch.kept[column.name]?.[i] ?? null, row)}`);
      for (const { writeCell } of outputs) {
        buffer.text(',');
        writeCell(buffer, i, this.#guard);
      }
      buffer.text('\r\n');
      if (buffer.byteLength >= FLUSH_BYTES) await this.#target.write(buffer.take());
    }
  }

  async finish(): Promise<void> {
    if (this.#buffer.byteLength > 0) await this.#target.write(this.#buffer.take());
    await this.#target.finish();
  }

  async abort(): Promise<void> {
    await this.#target.abort();
  }

  /** Numbers and booleans as the input spelled them, text as it is, what is of several types as JSON. */
  #keptCell(column: ResultColumn, json: string | null, row: number): string {
    if (json === null || json.trim() === 'null') return '';
    switch (column.type) {
      case 'int64':
      case 'float64':
      case 'bool':
        return json.trim();
      case 'utf8':
        return this.#textCell(decodeUtf8(json, column, row) ?? '');
      case 'json':
        return csvCell(json, false);
    }
  }

  #textCell(text: string): string {
    if (looksLikeFormula(text)) this.#formulas = true;
    return csvCell(text, this.#guard);
  }
}
