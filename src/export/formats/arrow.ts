import type { ByteTarget } from '../../core/export-target.ts';
import type { ResultBatch, ResultSchema } from '../../core/result-schema.ts';
import { ARROW_MAGIC, arrowFooter, type ArrowBlock } from '../arrow/arrow-footer.ts';
import { arrowSchema, encodeRowGroup, rowGroupTable } from '../arrow/encode-row-group.ts';
import { END_OF_STREAM, cutStream } from '../arrow/ipc-message.ts';
import { RowGroupBuffer, emptyRowGroup } from '../arrow/row-group-buffer.ts';
import type { Sink } from '../sink.ts';
import { sinkFormat } from '../sink-format.ts';

const MAGIC_BYTES = 8;

/** An Arrow IPC file, which is Feather version 2: the same columns as Parquet, uncompressed, ready to be mapped into memory. */
export const arrowFormat = sinkFormat(
  'arrow',
  async (schema, target) => new ArrowSink(schema, await target.open('.arrow'), '.arrow', true),
);

/** An Arrow IPC stream: what can be read from its beginning on, without a seek. */
export const arrowStreamFormat = sinkFormat(
  'arrows',
  async (schema, target) => new ArrowSink(schema, await target.open('.arrows'), '.arrows', false),
);

class ArrowSink implements Sink {
  readonly files: readonly string[];
  readonly #schema: ResultSchema;
  readonly #target: ByteTarget;
  readonly #isFile: boolean;
  readonly #group: RowGroupBuffer;
  readonly #blocks: ArrowBlock[] = [];
  #written = 0;

  constructor(schema: ResultSchema, target: ByteTarget, suffix: string, isFile: boolean) {
    this.files = [suffix];
    this.#schema = schema;
    this.#target = target;
    this.#isFile = isFile;
    this.#group = new RowGroupBuffer(schema);
  }

  async write(batch: ResultBatch): Promise<void> {
    for (let taken = 0; taken < batch.rows.length;) {
      taken += this.#group.add(batch, taken);
      if (this.#group.full) await this.#writeGroup();
    }
  }

  async finish(): Promise<void> {
    if (this.#group.rowCount > 0) await this.#writeGroup();
    if (this.#written === 0)
      await this.#begin(cutStream(encodeRowGroup(this.#schema, emptyRowGroup(this.#schema))).schema);
    await this.#put(END_OF_STREAM);
    if (this.#isFile) await this.#put(this.#footer());
    await this.#target.finish();
  }

  async abort(): Promise<void> {
    await this.#target.abort();
  }

  async #writeGroup(): Promise<void> {
    const { schema, batch, metadataBytes } = cutStream(encodeRowGroup(this.#schema, this.#group.take()));
    if (this.#written === 0) await this.#begin(schema);
    this.#blocks.push({ offset: this.#written, metadataBytes, bodyBytes: batch.length - metadataBytes });
    await this.#put(batch);
  }

  async #begin(schemaMessage: Uint8Array): Promise<void> {
    if (this.#isFile) {
      const magic = new Uint8Array(MAGIC_BYTES);
      magic.set(ARROW_MAGIC);
      await this.#put(magic);
    }
    await this.#put(schemaMessage);
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#written += bytes.length;
    await this.#target.write(bytes);
  }

  #footer(): Uint8Array {
    const schema = arrowSchema(this.#schema);
    return arrowFooter(schema, rowGroupTable(this.#schema, emptyRowGroup(this.#schema)), this.#blocks);
  }
}
