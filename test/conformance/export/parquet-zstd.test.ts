import { parquetMetadata, parquetSchema } from 'hyparquet';
import { tableFromIPC, type FixedSizeListType } from '@uwdata/flechette';
import { beforeAll, describe, expect, test } from 'vitest';
import { createParquetFormat } from '../../../src/export/formats/parquet.ts';
import type { ParquetModule } from '../../../src/export/parquet/load-parquet-wasm.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { loadParquetInNode } from './parquet-in-node.ts';
import { batchesOf, randomResults, type Results } from './random-results.ts';

describe('Parquet as it is exported, with Zstandard', () => {
  let module: ParquetModule;
  beforeAll(async () => {
    module = await loadParquetInNode();
  });

  async function write(results: Results, batchSize: number): Promise<Uint8Array> {
    const target = new MemoryTarget();
    const format = createParquetFormat({ load: async () => module, compression: 'zstd' });
    const sink = await format.open(results.schema, target);
    for (const batch of batchesOf(results, batchSize)) await sink.write(batch);
    await sink.finish();
    return target.files.get('.parquet')!;
  }

  test('is read back by an Arrow reader as a list of fixed size, never null', async () => {
    const results = randomResults(1, 300, 24);
    const bytes = await write(results, 77);
    const table = tableFromIPC(module.readParquet(bytes).intoIPCStream(), { useBigInt: true });
    const vector = table.schema.fields.at(-1)!;
    expect(vector).toMatchObject({ name: 'embedding', nullable: false, type: { stride: 24 } });
    expect((vector.type as FixedSizeListType).children[0]).toMatchObject({ nullable: false });
    const rows = table.toArray() as { row: bigint; embedding: Float32Array }[];
    expect(rows.map(({ row }) => Number(row))).toEqual([...results.rows]);
    const read = Float32Array.from(rows.flatMap(({ embedding }) => [...embedding]));
    expect(new Uint8Array(read.buffer)).toEqual(results.values);
  });

  test('has one row group for 12 MiB of vectors, and encodings by column', { timeout: 60_000 }, async () => {
    const results = randomResults(2, 3 * 1024 + 1, 1024);
    const { row_groups: groups, num_rows: rows } = parquetMetadata(
      (await write(results, 500)).slice().buffer,
    );
    expect(rows).toBe(BigInt(results.rows.length));
    expect(groups.map((group) => Number(group.num_rows))).toEqual([3072, 1]);
    const columns = groups[0]!.columns.map(({ meta_data: meta }) => meta!);
    for (const { codec } of columns) expect(codec).toBe('ZSTD');
    const encodings = (name: string) => columns.find((meta) => meta.path_in_schema[0] === name)!.encodings;
    expect(encodings('embedding')).toContain('BYTE_STREAM_SPLIT');
    expect(encodings('row')).toContain('DELTA_BINARY_PACKED');
    // A dot in the name must not make it a nested column, which would get the encoding of the vectors.
    expect(encodings('text with "quotes", ünïcode.and.dots')).not.toContain('BYTE_STREAM_SPLIT');
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

  test('keeps its WebAssembly memory flat', { timeout: 60_000 }, async () => {
    const dims = 1024;
    const groupRows = 3072;
    const values = new Uint8Array(4 * groupRows * dims);
    /** Bytes of WebAssembly memory after a file of so many row groups of 12 MiB. */
    const memoryAfter = async (groups: number): Promise<number> => {
      const file = { write: async () => {}, finish: async () => {}, abort: async () => {} };
      const format = createParquetFormat({ load: async () => module, compression: 'zstd' });
      const schema = {
        columns: [],
        output: { kind: 'vector', dims, element: 'float32' } as const,
        rowCount: groups * groupRows,
      };
      const sink = await format.open(schema, { open: async () => file });
      for (let group = 0; group < groups; group++) {
        const rows = Uint32Array.from({ length: groupRows }, (_, i) => group * groupRows + i);
        await sink.write({ rows, kept: {}, values });
      }
      await sink.finish();
      return module.wasmMemory().buffer.byteLength;
    };
    const before = await memoryAfter(4);
    expect((await memoryAfter(20)) - before).toBeLessThan(32 << 20);
  });
});
