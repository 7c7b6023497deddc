import type { WriterProperties } from 'parquet-wasm/esm';
import type { ByteTarget } from '../../core/export-target.ts';
import type { Compression } from '../../core/output-format.ts';
import type { ResultBatch, ResultSchema } from '../../core/result-schema.ts';
import { loadParquetWasm, type ParquetModule } from '../parquet/load-parquet-wasm.ts';
import { ParquetEncoder } from '../parquet/parquet-encoder.ts';
import { RowGroupBuffer, rowsPerGroup } from '../arrow/row-group-buffer.ts';
import type { Sink, SinkFormat } from '../sink.ts';
import { sinkFormat } from '../sink-format.ts';

const SUFFIX = '.parquet';

export interface ParquetOptions {
  /** Where the WebAssembly comes from. */
  readonly load: () => Promise<ParquetModule>;
  /** Where the export does not say. */
  readonly compression: Compression;
}

export function createParquetFormat({ load, compression: usual }: ParquetOptions): SinkFormat {
  return sinkFormat('parquet', async (schema, target, { compression = usual }) => {
    const module = await load();
    const { output } = schema;
    const vectors = compression !== 'zstd' && output.kind === 'vector' ? output : null;
    const properties = () => writerProperties(module, schema, compression);
    const encoder = new ParquetEncoder({ module, schema, properties, vectors });
    return new ParquetSink(schema, await target.open(SUFFIX), encoder);
  });
}

/**
 * `row` as int64, the kept columns by type (JSON values as text), the result as `arrowOutputFields` says.
 * Parquet knows no fixed-size list; the Arrow schema in the file says the size to readers that look (Arrow, Polars).
 */
export const parquetFormat = createParquetFormat({ load: loadParquetWasm, compression: 'auto' });

class ParquetSink implements Sink {
  readonly files = [SUFFIX];
  readonly #file: ByteTarget;
  readonly #encoder: ParquetEncoder;
  readonly #group: RowGroupBuffer;

  constructor(schema: ResultSchema, file: ByteTarget, encoder: ParquetEncoder) {
    this.#file = file;
    this.#encoder = encoder;
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
    await this.#file.write(this.#encoder.finish());
    await this.#file.finish();
  }

  async abort(): Promise<void> {
    await this.#file.abort();
  }

  async #writeGroup(): Promise<void> {
    for (const bytes of this.#encoder.encode(this.#group.take())) await this.#file.write(bytes);
  }
}

/**
 * The defaults suit the result, because parquet-wasm cannot name a nested column: no statistics; float32 with bytes
 * of like significance together (with Zstandard 9 % smaller and a third faster than plain) and no dictionary; float16 plain,
 * because DuckDB 1.5 reads it no other way; for the rest a dictionary, which keeps an 8-bit number in one byte, where Parquet
 * has no type below 32 bits.
 */
function writerProperties(
  module: ParquetModule,
  { columns, output }: ResultSchema,
  compression: Compression,
): WriterProperties {
  const { Compression: Codec, Encoding, EnabledStatistics, WriterPropertiesBuilder } = module;
  const element = output.kind === 'vector' ? output.element : null;
  // Each call consumes the builder and returns a new one.
  let builder = new WriterPropertiesBuilder()
    .setCompression(compression === 'none' ? Codec.UNCOMPRESSED : Codec.ZSTD)
    .setMaxRowGroupSize(rowsPerGroup(output))
    .setEncoding(element === 'float32' ? Encoding.BYTE_STREAM_SPLIT : Encoding.PLAIN)
    .setDictionaryEnabled(element !== 'float32' && element !== 'float16')
    .setStatisticsEnabled(EnabledStatistics.None)
    .setColumnEncoding('row', Encoding.DELTA_BINARY_PACKED)
    .setColumnStatisticsEnabled('row', EnabledStatistics.Chunk);
  for (const { name } of columns) {
    builder = builder
      .setColumnEncoding(name, Encoding.PLAIN)
      .setColumnDictionaryEnabled(name, true)
      .setColumnStatisticsEnabled(name, EnabledStatistics.Chunk);
  }
  return builder.build();
}
