import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file in a folder and its folders, links to files followed, names that begin with a dot passed over. */
export async function walkFolder(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    // A link to a folder may lead back up.
    if (entry.isDirectory()) files.push(...(await walkFolder(path)));
    else if (entry.isFile() || (await isFile(path))) files.push(path);
  }
  return files;
}

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}
