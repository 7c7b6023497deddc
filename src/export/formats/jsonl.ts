import type { ByteTarget } from '../../core/export-target.ts';
import type { ResultBatch, ResultSchema } from '../../core/result-schema.ts';
import type { Sink } from '../sink.ts';
import { sinkFormat } from '../sink-format.ts';
import { outputTexts } from '../text/output-text.ts';
import { TextBuffer } from '../text/text-buffer.ts';
import { writeKept } from '../text/write-kept.ts';

const SUFFIX = '.jsonl';
const FLUSH_BYTES = 1 << 20;

/** One object a line: `{"row":0,<kept columns>,"embedding":[…]}`, the kept values as the input spelled them. Labels are `"label"` and `"score"`,
 * or the lists `"labels"` and `"scores"`. */
export const jsonlFormat = sinkFormat(
  'jsonl',
  async (schema, target) => new JsonlSink(schema, await target.open(SUFFIX)),
);

class JsonlSink implements Sink {
  readonly files = [SUFFIX];
  readonly #schema: ResultSchema;
  readonly #target: ByteTarget;
  readonly #buffer = new TextBuffer(2 * FLUSH_BYTES);

  constructor(schema: ResultSchema, target: ByteTarget) {
    this.#schema = schema;
    this.#target = target;
  }

  async write(batch: ResultBatch): Promise<void> {
    const { columns, output } = this.#schema;
    const buffer = this.#buffer;
    const texts = outputTexts(output, batch);
    for (let i = 0; i < batch.rows.length; i++) {
      writeKept(buffer, columns, batch, i);
      for (const { name, writeJson } of texts) {
        buffer.text(`,"${name}":`);
        writeJson(buffer, i);
      }
      buffer.text('}\n');
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
}
