import type { ExportedFile } from './exported-files.ts';

/**
 * Copies files into a folder as their names say, with folders in them; a file is empty until all of it is there. The bytes
 * go from disk to disk: the page holds a few of them at a time.
 */
export async function saveToFolder(
  files: readonly ExportedFile[],
  folder: FileSystemDirectoryHandle,
  onSaved: (count: number) => void,
): Promise<void> {
  for (const [index, { name, file }] of files.entries()) {
    const parts = name.split('/');
    let at = folder;
    for (const part of parts.slice(0, -1)) at = await at.getDirectoryHandle(part, { create: true });
    const handle = await at.getFileHandle(parts.at(-1)!, { create: true });
    await file.stream().pipeTo(await handle.createWritable());
    onSaved(index + 1);
  }
}
