import { tableFromIPC } from '@uwdata/flechette';
import { describe, expect, test } from 'vitest';
import { loadSinkFormat } from '../../../src/export/load-sink-format.ts';
import { loadParquetWasm } from '../../../src/export/parquet/load-parquet-wasm.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { batchesOf, randomResults } from '../../conformance/export/random-results.ts';

describe('Parquet in Chromium', () => {
  test('loads its WebAssembly from the app and writes a file that reads back', async () => {
    const results = randomResults(1, 1000, 384);
    const target = new MemoryTarget();
    const sink = await (await loadSinkFormat('parquet')).open(results.schema, target);
    for (const batch of batchesOf(results, 64)) await sink.write(batch);
    await sink.finish();

    const module = await loadParquetWasm();
    const ipc = module.readParquet(target.files.get('.parquet')!).intoIPCStream();
    const table = tableFromIPC(ipc, { useBigInt: true });
    const rows = table.toArray() as { row: bigint; id: string | null; embedding: Float32Array }[];
    expect(rows.map(({ row }) => Number(row))).toEqual([...results.rows]);
    const ids = results.kept['id']!.map((text) =>
      text === null ? null : (JSON.parse(text) as string | null),
    );
    expect(rows.map(({ id }) => id)).toEqual(ids);
    for (const [i, { embedding }] of rows.entries()) {
      expect(new Uint8Array(embedding.slice().buffer)).toEqual(
        results.values.subarray(i * 1536, (i + 1) * 1536),
      );
    }
  });
});
