import { expose, proxy } from 'comlink';
import type { ByteTarget, ExportTarget } from '../../../src/core/export-target.ts';
import { openExportTarget } from '../../../src/export/targets/open-export-target.ts';

/** Synchronous file access exists in dedicated workers only, so the target runs here and the suite talks to it. */
const api = {
  open(folder: string, baseName: string): ExportTarget {
    const target = openExportTarget({ kind: 'opfs', folder, baseName, manifestSuffix: '.manifest.json' });
    return proxy({ open: async (suffix: string): Promise<ByteTarget> => proxy(await target.open(suffix)) });
  },
};

expose(api);
export type OpfsWorkerApi = typeof api;
