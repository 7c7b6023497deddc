import type { RecordBatch } from 'parquet-wasm/esm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ByteTarget } from '../../../src/core/export-target.ts';
import type { ResultSchema } from '../../../src/core/result-schema.ts';
import { encodeRowGroup } from '../../../src/export/arrow/encode-row-group.ts';
import type { ParquetModule } from '../../../src/export/parquet/load-parquet-wasm.ts';
import { ParquetEncoder } from '../../../src/export/parquet/parquet-encoder.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { loadParquetInNode } from '../../conformance/export/parquet-in-node.ts';

function group(dims: number, rows: number): Uint8Array {
  const output = { kind: 'vector', dims, element: 'float32' } as const;
  const schema: ResultSchema = { columns: [], output, rowCount: rows };
  return encodeRowGroup(schema, {
    rows: new Uint32Array(rows),
    values: new Uint8Array(4 * rows * dims),
    kept: [],
  });
}

describe('ParquetEncoder', () => {
  let module: ParquetModule;
  beforeAll(async () => {
    module = await loadParquetInNode();
  });

  /** Row groups of 10,000 rows, above the 8 KiB that the writer keeps to itself. */
  function open(target: ByteTarget, used = module, stallMs?: number): ParquetEncoder {
    const builder = new module.WriterPropertiesBuilder()
      .setMaxRowGroupSize(10_000)
      .setDictionaryEnabled(false);
    return new ParquetEncoder(used, builder.build(), target, stallMs);
  }

  test('notices rows that were left out without a word', async () => {
    let seen = 0;
    const dropSecond = () =>
      new TransformStream<RecordBatch, RecordBatch>({
        transform(batch, controller) {
          if (++seen === 2) batch.free();
          else controller.enqueue(batch);
        },
      });
    const lossy: ParquetModule = {
      ...module,
      transformParquetStream: (stream: ReadableStream<RecordBatch>, properties) =>
        module.transformParquetStream(stream.pipeThrough(dropSecond()), properties),
    };
    const encoder = open(await new MemoryTarget().open('.parquet'), lossy);
    for (const rows of [10_000, 7, 5]) await encoder.write(group(4, rows));
    await expect(encoder.finish()).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: 'The Parquet file holds 10005 rows, expected 10012.',
    });
  });

  test('does not wait for ever for a writer that gave up', async () => {
    const encoder = open(await new MemoryTarget().open('.parquet'), module, 100);
    await encoder.write(group(4, 10_000));
    // Of another schema than the first: the writer swallows its error and never ends the file.
    await encoder.write(group(5, 7));
    await expect(encoder.finish()).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: 'The Parquet writer stopped without saying why.',
    });
    await encoder.abort();
  });

  test('stops soon after the target failed, not at the end', async () => {
    const full = new Error('disk full');
    const encoder = open({
      write: () => Promise.reject(full),
      finish: async () => {},
      abort: async () => {},
    });
    let written = 0;
    const writing = async () => {
      for (; written < 100; written++) await encoder.write(group(4, 10_000));
    };
    await expect(writing()).rejects.toBe(full);
    expect(written).toBeLessThan(10);
    await encoder.abort();
  });

  test('writes nothing more once it was aborted', async () => {
    const target = new MemoryTarget();
    const file = await target.open('.parquet');
    let writes = 0;
    const encoder = open({ ...file, write: (bytes) => (writes++, file.write(bytes)) });
    for (let i = 0; i < 5; i++) await encoder.write(group(4, 10_000));
    await encoder.abort();
    const before = writes;
    expect(before).toBeGreaterThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toBe(before);
  });
});
