import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import { isPartName } from '../job/output-names.ts';

/** What stands at the path of an output folder. */
export type FolderState = 'none' | 'empty' | 'output' | 'other' | 'file';

/** `output`: nothing but files that an export in a folder writes. */
export async function folderState(path: string): Promise<FolderState> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 'none';
  if (!found.isDirectory()) return 'file';
  const names = await readdir(path);
  if (names.length === 0) return 'empty';
  return names.every(isPartName) ? 'output' : 'other';
}

/** Removes what a killed export left. @throws JobError `EXPORT_FAILED` when something else is there. */
export async function clearStaging(staging: string): Promise<void> {
  const state = await folderState(staging);
  if (state === 'none') return;
  if (state === 'other' || state === 'file') {
    throw new JobError(
      'EXPORT_FAILED',
      `${staging} is in the way: the output is made there, and it holds something else.`,
      {
        hint: 'Move it, or give --out another name.',
      },
    );
  }
  await rm(staging, { recursive: true });
}

/**
 * Ends a replacement that the machine stopped between the two renames of `publishFolder`: the new folder, whole as its
 * `_SUCCESS` says, takes its place, and the old one goes. Everything else is left as it is.
 */
export async function mendFolder(path: string, staging: string): Promise<void> {
  const old = `${path}.old`;
  const states = await Promise.all([path, old, staging].map(folderState));
  if (states.join() !== 'none,output,output') return;
  if ((await stat(join(staging, '_SUCCESS')).catch(() => null)) === null) return;
  await rename(staging, path);
  await rm(old, { recursive: true });
}

/**
 * Puts the complete folder in the place of what stood there. No file system swaps folders in one step: a machine that stops
 * between the two renames leaves the old one as `OUT.old` and the new one as `OUT.part`, both whole, until `mendFolder`.
 */
export async function publishFolder(staging: string, path: string): Promise<void> {
  const old = `${path}.old`;
  const state = await folderState(path);
  if (state === 'other' || state === 'file') {
    throw new JobError('EXPORT_FAILED', `${path} holds something else by now, and is left as it is.`);
  }
  if (state === 'output') {
    if ((await folderState(old)) === 'output') await rm(old, { recursive: true });
    await rename(path, old);
  }
  // An empty folder is replaced by a rename.
  await rename(staging, path);
  if (state === 'output') await rm(old, { recursive: true });
}
