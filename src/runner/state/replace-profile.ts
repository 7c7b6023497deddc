import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { profileDirIn } from './state-dir.ts';
import { syncFolder } from './sync-folder.ts';

/** Where the profile is made that is to take the place of the present one. */
export function nextProfileIn(stateDir: string): string {
  return join(stateDir, 'profile.next');
}

function oldProfileIn(stateDir: string): string {
  return join(stateDir, 'profile.old');
}

/** An empty folder for the next profile. */
export async function beginProfile(stateDir: string): Promise<string> {
  const next = nextProfileIn(stateDir);
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true, mode: 0o700 });
  return next;
}

/**
 * Puts the next profile, which must be complete, in the place of the present one, and deletes that. No browser may have
 * either open. Whatever moment it is cut short at, `finishReplacing` brings it to its end.
 */
export async function replaceProfile(stateDir: string): Promise<void> {
  if (existsSync(profileDirIn(stateDir))) await rename(profileDirIn(stateDir), oldProfileIn(stateDir));
  await rename(nextProfileIn(stateDir), profileDirIn(stateDir));
  await syncFolder(stateDir);
  await removeFolder(oldProfileIn(stateDir));
}

/** Clears away what a replacement left that was cut short. The caller holds the lock of the state directory. */
export async function finishReplacing(stateDir: string): Promise<void> {
  const [profile, next, old] = [profileDirIn(stateDir), nextProfileIn(stateDir), oldProfileIn(stateDir)];
  // The old one is moved away only once the next one is complete.
  if (existsSync(old) && !existsSync(profile) && existsSync(next)) await rename(next, profile);
  if (existsSync(next)) await removeFolder(next);
  if (existsSync(old)) await removeFolder(old);
}

async function removeFolder(folder: string): Promise<void> {
  // The last of a browser's processes may still be writing.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
