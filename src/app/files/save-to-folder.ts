import { FOLDER_SUCCESS } from '../../core/output-manifest.ts';
import { lastName } from '../../core/last-name.ts';
import { inReadingOrder, isNotFound, type ExportedFile } from './exported-files.ts';

/**
 * Copies files into a folder as their names say, with folders in them; a file is empty until all of it is there. What says
 * that a folder is complete comes last, and one that stands there goes first. The bytes go from disk to disk: the page
 * holds a few of them at a time.
 */
export async function saveToFolder(
  files: readonly ExportedFile[],
  folder: FileSystemDirectoryHandle,
  onSaved: (count: number) => void,
): Promise<void> {
  const ordered = files.toSorted((a, b) => inReadingOrder(a.name, b.name));
  for (const { name } of ordered) {
    if (lastName(name) !== FOLDER_SUCCESS) continue;
    const at = await folderOf(name, folder);
    await at.removeEntry(FOLDER_SUCCESS).catch((thrown: unknown) => {
      if (!isNotFound(thrown)) throw thrown;
    });
  }
  for (const [index, { name, file }] of ordered.entries()) {
    const handle = await (await folderOf(name, folder)).getFileHandle(lastName(name), { create: true });
    await file.stream().pipeTo(await handle.createWritable());
    onSaved(index + 1);
  }
}

async function folderOf(name: string, folder: FileSystemDirectoryHandle): Promise<FileSystemDirectoryHandle> {
  let at = folder;
  for (const part of name.split('/').slice(0, -1)) at = await at.getDirectoryHandle(part, { create: true });
  return at;
}
