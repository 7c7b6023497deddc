import type { ExportTarget, ExportTargetRef } from '../../core/export-target.ts';
import { HttpTarget } from './http-target.ts';
import { OpfsTarget } from './opfs-target.ts';

/** @param signal stops what is being sent; files are discarded all the same. */
export function openExportTarget(ref: ExportTargetRef, signal?: AbortSignal): ExportTarget {
  switch (ref.kind) {
    case 'http':
      return new HttpTarget({
        url: ref.url,
        headers: ref.headers,
        ...(signal === undefined ? {} : { signal }),
      });
    case 'opfs':
      return new OpfsTarget(ref);
  }
}
