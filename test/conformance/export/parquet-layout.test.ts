import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetSchema } from 'hyparquet';
import { tableFromIPC, type FixedSizeListType } from '@uwdata/flechette';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPRESSIONS, type Compression } from '../../../src/core/output-format.ts';
import { createParquetFormat } from '../../../src/export/formats/parquet.ts';
import type { ParquetModule } from '../../../src/export/parquet/load-parquet-wasm.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { loadParquetInNode } from './parquet-in-node.ts';
import { batchesOf, randomResults, type Results } from './random-results.ts';

const folder = temporaryFolder();

describe('Parquet as it is exported', () => {
  let module: ParquetModule;
  beforeAll(async () => {
    module = await loadParquetInNode();
  });

  async function write(
    results: Results,
    batchSize: number,
    compression: Compression = 'auto',
  ): Promise<Uint8Array> {
    const target = new MemoryTarget();
    const format = createParquetFormat({ load: async () => module, compression: 'auto' });
    const sink = await format.open(results.schema, target, { csvGuard: false, compression });
    for (const batch of batchesOf(results, batchSize)) await sink.write(batch);
    await sink.finish();
    return target.files.get('.parquet')!;
  }

  test.each(COMPRESSIONS)(
    'with %s is read by an Arrow reader as a list of fixed size, never null',
    async (how) => {
      const results = randomResults(1, 300, 24);
      const bytes = await write(results, 77, how);
      const table = tableFromIPC(module.readParquet(bytes).intoIPCStream(), { useBigInt: true });
      const vector = table.schema.fields.at(-1)!;
      expect(vector).toMatchObject({ name: 'embedding', nullable: false, type: { stride: 24 } });
      expect((vector.type as FixedSizeListType).children[0]).toMatchObject({ nullable: false });
      const rows = table.toArray() as { row: bigint; embedding: Float32Array }[];
      expect(rows.map(({ row }) => Number(row))).toEqual([...results.rows]);
      const read = Float32Array.from(rows.flatMap(({ embedding }) => [...embedding]));
      expect(new Uint8Array(read.buffer)).toEqual(results.values);
    },
  );

  test.each([
    { how: 'auto', codecs: ['ZSTD', 'UNCOMPRESSED'], encoding: 'PLAIN' },
    { how: 'zstd', codecs: ['ZSTD', 'ZSTD'], encoding: 'BYTE_STREAM_SPLIT' },
    { how: 'none', codecs: ['UNCOMPRESSED', 'UNCOMPRESSED'], encoding: 'PLAIN' },
  ] as const)(
    'with $how has one row group for 12 MiB of vectors, and codec and encoding by column',
    async ({ how, codecs, encoding }) => {
      const results = randomResults(2, 3 * 1024 + 1, 1024);
      const file = (await write(results, 500, how)).slice().buffer;
      const { row_groups: groups, num_rows: rows } = parquetMetadata(file);
      expect(rows).toBe(BigInt(results.rows.length));
      expect(groups.map((group) => Number(group.num_rows))).toEqual([3072, 1]);
      const columns = groups[0]!.columns.map(({ meta_data: meta }) => meta!);
      expect(columns.map(({ codec }) => codec)).toEqual([...Array(8).fill(codecs[0]), codecs[1]]);
      const encodings = (name: string) => columns.find((meta) => meta.path_in_schema[0] === name)!.encodings;
      expect(encodings('embedding')).toContain(encoding);
      expect(encodings('row')).toContain('DELTA_BINARY_PACKED');
      // A dot in the name must not make it a nested column, which would get the encoding of the vectors.
      expect(encodings('text with "quotes", ünïcode.and.dots')).not.toContain('BYTE_STREAM_SPLIT');
      // Nothing between the columns, and nothing but them before the footer.
      let at = 4;
      for (const { columns: of } of groups) {
        for (const { meta_data: meta } of of) {
          expect(Number(meta!.dictionary_page_offset ?? meta!.data_page_offset)).toBe(at);
          at += Number(meta!.total_compressed_size);
        }
      }
      expect(at + parquetMetadata(file).metadata_length + 8).toBe(file.byteLength);
    },
  );

  test('has row groups that end early for long texts', async () => {
    const rowCount = 200;
    const text = JSON.stringify('a long text '.repeat(20_000));
    const results = randomResults(5, rowCount, 384);
    const kept = { ...results.kept, id: Array.from(results.rows, () => text) };
    const bytes = await write({ ...results, kept }, 100);
    const groups = parquetMetadata(bytes.slice().buffer).row_groups.map(({ num_rows: rows }) => Number(rows));
    expect(groups).toEqual([70, 70, 60]);
    const duck = await (await DuckDBInstance.create(':memory:')).connect();
    const path = join(folder, 'long.parquet');
    await writeFile(path, bytes);
    const read = await duck.runAndReadAll(
      `SELECT row, length(id) AS length, embedding::DOUBLE[] AS embedding FROM read_parquet('${path}')`,
    );
    const rows = read.getRowObjectsJS() as { row: bigint; length: bigint; embedding: number[] }[];
    expect(rows.map(({ row }) => Number(row))).toEqual([...results.rows]);
    expect(rows.every(({ length }) => Number(length) === text.length - 2)).toBe(true);
    const values = Float32Array.from(rows.flatMap(({ embedding }) => embedding));
    expect(Buffer.from(values.buffer).equals(results.values)).toBe(true);
  });

  test('says the types of the columns', async () => {
    const { children } = parquetSchema(
      parquetMetadata((await write(randomResults(3, 0, 4), 1)).slice().buffer),
    );
    expect(
      children.map(({ element }) => [
        element.name,
        element.type ?? element.converted_type,
        element.repetition_type,
      ]),
    ).toEqual([
      ['row', 'INT64', 'REQUIRED'],
      ['id', 'BYTE_ARRAY', 'OPTIONAL'],
      ['text with "quotes", ünïcode.and.dots', 'BYTE_ARRAY', 'OPTIONAL'],
      ['count', 'INT64', 'OPTIONAL'],
      ['weight', 'DOUBLE', 'OPTIONAL'],
      ['flag', 'BOOLEAN', 'OPTIONAL'],
      ['mixed', 'BYTE_ARRAY', 'OPTIONAL'],
      ['nothing', 'BYTE_ARRAY', 'OPTIONAL'],
      ['embedding', 'LIST', 'REQUIRED'],
    ]);
  });

  test('names row and column of a value that does not fit', async () => {
    const results = randomResults(4, 3, 4);
    const columns = results.schema.columns.map((column) =>
      column.name === 'id' ? { ...column, type: 'int64' as const } : column,
    );
    const bad = {
      ...results,
      schema: { ...results.schema, columns },
      kept: { ...results.kept, id: [null, '12', '"x"'] },
    };
    await expect(write(bad, 3)).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: `Row ${results.rows[2]}: column "id" is int64, but holds "x".`,
    });
  });

  test('keeps its WebAssembly memory flat', async () => {
    const dims = 1024;
    const groupRows = 3072;
    const values = new Uint8Array(4 * groupRows * dims);
    /** Bytes of WebAssembly memory after a file of so many row groups of 12 MiB. */
    const memoryAfter = async (groups: number): Promise<number> => {
      const file = { write: async () => {}, finish: async () => {}, abort: async () => {} };
      const format = createParquetFormat({ load: async () => module, compression: 'auto' });
      const schema = {
        columns: [],
        output: { kind: 'vector', dims, element: 'float32' } as const,
        rowCount: groups * groupRows,
      };
      const sink = await format.open(
        schema,
        { open: async () => file },
        { csvGuard: false, compression: 'zstd' },
      );
      for (let group = 0; group < groups; group++) {
        const rows = Uint32Array.from({ length: groupRows }, (_, i) => group * groupRows + i);
        await sink.write({ rows, kept: {}, values });
      }
      await sink.finish();
      return module.wasmMemory().buffer.byteLength;
    };
    const before = await memoryAfter(4);
    expect((await memoryAfter(16)) - before).toBeLessThan(32 << 20);
  });
});
