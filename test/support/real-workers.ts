import { expect } from 'vitest';
import type { ByteRangeRef } from '../../src/core/byte-range.ts';
import type { DeviceApi, IngestApi, PrepareApi, WorkerSpawners } from '../../src/pipeline/ports.ts';
import { connectWorker } from '../../src/rpc/connect-worker.ts';

/** The workers of the product. Nothing is exported with them. */
export function realWorkers(): WorkerSpawners {
  return {
    ingest: () =>
      connectWorker<IngestApi>(
        new Worker(new URL('../../workers/ingest.ts', import.meta.url), { type: 'module' }),
        'ingest worker',
      ),
    prepare: () =>
      connectWorker<PrepareApi>(
        new Worker(new URL('../../workers/preprocess.ts', import.meta.url), { type: 'module' }),
        'preprocess worker',
      ),
    device: () =>
      connectWorker<DeviceApi>(
        new Worker(new URL('../../workers/device.ts', import.meta.url), { type: 'module' }),
        'device worker',
      ),
    export: () => {
      throw new TypeError('nothing is exported here');
    },
  };
}

/** The demo model's files, as the page has them. */
export async function demoModelFiles(): Promise<Record<string, ByteRangeRef>> {
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
    expect(response.ok, path).toBe(true);
    return [path, { kind: 'blob', name: path, blob: await response.blob() }];
  });
  return Object.fromEntries(await Promise.all(files));
}
