// @ts-check
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Paths of all files in a folder and below, with `/`, relative to it. @param {string} dir */
export async function listFiles(dir) {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
