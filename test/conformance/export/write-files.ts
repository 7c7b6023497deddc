import { mkdirSync, writeFileSync } from 'node:fs';
import type { TableFormat } from '../../../src/core/output-format.ts';
import { createParquetFormat } from '../../../src/export/formats/parquet.ts';
import { loadSinkFormat } from '../../../src/export/load-sink-format.ts';
import { MemoryTarget } from '../../../src/export/targets/memory-target.ts';
import { loadParquetInNode } from './parquet-in-node.ts';
import { batchesOf, type Results } from './random-results.ts';

/** Writes results as files `folder/base.*`, as an export does. */
export async function writeFiles(
  format: TableFormat,
  results: Results,
  folder: string,
  base: string,
): Promise<void> {
  const sinks =
    format === 'parquet'
      ? createParquetFormat({ load: loadParquetInNode, compression: 'auto' })
      : await loadSinkFormat(format);
  const target = new MemoryTarget();
  const sink = await sinks.open(results.schema, target);
  for (const batch of batchesOf(results, 100)) await sink.write(batch);
  await sink.finish();
  mkdirSync(folder, { recursive: true });
  for (const [suffix, bytes] of target.files) writeFileSync(`${folder}/${base}${suffix}`, bytes);
}
