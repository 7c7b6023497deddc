import type { ByteRangeRef } from '../../src/core/byte-range.ts';
import type { ModelRef } from '../../src/core/model-info.ts';
import type { WorkerSpawners } from '../../src/pipeline/ports.ts';
import { connectWorker } from '../../src/rpc/connect-worker.ts';

/** The workers of the product, as its job worker starts them. */
export const REAL_WORKERS: WorkerSpawners = {
  ingest: () =>
    connectWorker(
      new Worker(new URL('../../workers/ingest.ts', import.meta.url), { type: 'module' }),
      'ingest worker',
    ),
  prepare: () =>
    connectWorker(
      new Worker(new URL('../../workers/preprocess.ts', import.meta.url), { type: 'module' }),
      'preprocess worker',
    ),
  device: () =>
    connectWorker(
      new Worker(new URL('../../workers/device.ts', import.meta.url), { type: 'module' }),
      'device worker',
    ),
  export: () =>
    connectWorker(
      new Worker(new URL('../../workers/export.ts', import.meta.url), { type: 'module' }),
      'export worker',
    ),
};

/** The model that ships with the project. */
export async function demoModelFiles(): Promise<ModelRef> {
  const paths = [
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'modules.json',
    '1_Pooling/config.json',
    'onnx/model.onnx',
  ];
  const files = paths.map(async (path): Promise<[string, ByteRangeRef]> => {
    const response = await fetch(`/models/glove-30k/${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return [path, { kind: 'blob', name: path, blob: await response.blob() }];
  });
  return { name: 'glove-30k', files: Object.fromEntries(await Promise.all(files)) };
}
