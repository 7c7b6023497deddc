import type { ByteRangeRef } from '../../../src/core/byte-range.ts';

/** Files of a folder that is served, as a model directory has them. @param folder with a slash at the end */
export async function fetchFiles(
  folder: string,
  paths: readonly string[],
): Promise<Readonly<Record<string, ByteRangeRef>>> {
  const files: Record<string, ByteRangeRef> = {};
  for (const path of paths) {
    files[path] = { kind: 'blob', name: path, blob: await (await fetch(folder + path)).blob() };
  }
  return files;
}
