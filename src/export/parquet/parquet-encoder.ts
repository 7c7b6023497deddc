import type { WriterProperties } from 'parquet-wasm/esm';
import { JobError } from '../../core/job-error.ts';
import type { VectorOutput } from '../../core/result-output.ts';
import type { ResultSchema } from '../../core/result-schema.ts';
import { encodeRowGroup } from '../arrow/encode-row-group.ts';
import { emptyRowGroup, type RowGroup } from '../arrow/row-group-buffer.ts';
import { concatBytes } from '../targets/concat-bytes.ts';
import type { ParquetModule } from './load-parquet-wasm.ts';
import { readThrift } from './read-thrift.ts';
import { relocatedRowGroup, vectorChunk, withChunk } from './row-group-metadata.ts';
import { i64, listOf, numberAt, structsAt, THRIFT, withFields, type ThriftStruct } from './thrift.ts';
import { vectorColumn } from './vector-column.ts';
import { writeThrift } from './write-thrift.ts';

const MAGIC = new TextEncoder().encode('PAR1');

export type ParquetEncoderOptions = {
  readonly module: ParquetModule;
  readonly schema: ResultSchema;
  /** Called for each row group: parquet-wasm uses them up. */
  readonly properties: () => WriterProperties;
  /** Vectors that are written here; null where parquet-wasm writes every column. */
  readonly vectors: VectorOutput | null;
};

/**
 * Makes the bytes of one Parquet file, a row group at a time. parquet-wasm makes a file of its own of each group, whose columns are taken
 * over; the vectors, nearly all of the bytes, need no encoding and are put beside them without a way through WebAssembly. The
 * schema, with Arrow's in it, is that of an empty file that parquet-wasm made of all columns.
 */
export class ParquetEncoder {
  readonly #options: ParquetEncoderOptions;
  readonly #footer: ThriftStruct;
  /** Encoded: as objects, those of a large file would take memory by the gigabyte. */
  readonly #rowGroups: Uint8Array[] = [];
  #byteLength = 0;
  #rowCount = 0;

  constructor(options: ParquetEncoderOptions) {
    this.#options = options;
    this.#footer = this.#fileOf(emptyRowGroup(options.schema), true).footer;
  }

  /**
   * The bytes that follow those of the last call.
   * @throws JobError `EXPORT_FAILED` for a value that does not fit its column.
   */
  encode(group: RowGroup): readonly Uint8Array[] {
    const { vectors } = this.#options;
    const head = this.#byteLength === 0 ? [MAGIC] : [];
    const { bytes, footer } = this.#fileOf(group, vectors === null);
    const [found, ...more] = structsAt(footer, 4);
    const rows = group.rows.length;
    if (found === undefined || more.length > 0 || numberAt(found, 3) !== rows)
      throw new JobError('EXPORT_FAILED', `The Parquet writer did not make one group of ${rows} rows.`);
    const at = this.#byteLength + byteLength(head);
    const { rowGroup, start, end } = relocatedRowGroup(found, at);
    const pieces = [...head, bytes.subarray(start, end)];
    let written = rowGroup;
    if (vectors !== null) {
      const column = vectorColumn(vectors, group.values, rows);
      const chunk = vectorChunk(column, this.#footer, at + end - start);
      written = withChunk(rowGroup, column.bytes.length, chunk);
      pieces.push(column.bytes);
    }
    this.#rowGroups.push(writeThrift(written));
    this.#rowCount += rows;
    this.#byteLength += byteLength(pieces);
    return pieces;
  }

  /** The end of the file. */
  finish(): Uint8Array {
    const footer = writeThrift(
      withFields(this.#footer, {
        3: i64(this.#rowCount),
        4: listOf(THRIFT.struct, this.#rowGroups),
      }),
    );
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, footer.length, true);
    const head = this.#byteLength === 0 ? [MAGIC] : [];
    return concatBytes([...head, footer, size, MAGIC]);
  }

  /** A file of parquet-wasm's own, of this one row group, and its footer. */
  #fileOf(
    group: RowGroup,
    withOutput: boolean,
  ): { readonly bytes: Uint8Array; readonly footer: ThriftStruct } {
    const { module, schema, properties } = this.#options;
    const table = module.Table.fromIPCStream(encodeRowGroup(schema, group, withOutput));
    const bytes = module.writeParquet(table, properties());
    const end = bytes.length - 8;
    const footerBytes = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(0, true);
    return { bytes, footer: readThrift(bytes.subarray(end - footerBytes, end)) };
  }
}

function byteLength(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
