import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobError } from '../../core/job-error.ts';
import { z } from '../../core/zod.ts';
import { majorOf } from '../browser/browser-version.ts';
import { userFlags } from '../browser/launch-flags.ts';
import type { Environment } from './state-dir.ts';
import { profileDirIn } from './state-dir.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

const FILE = 'browser.json';
/** What the first release wrote: the version alone. */
const OLD_FILE = 'browser-version';

const recordSchema = z.object({
  version: z.string(),
  flags: z.array(z.string()).readonly(),
  /** Whether the flags ask for the SQLite engine of IndexedDB. */
  sqlite: z.boolean(),
});
/** The browser that last opened a state directory's profile. */
export type BrowserRecord = Readonly<z.infer<typeof recordSchema>>;

/**
 * Refuses a browser that would erase what is stored: an older one than the one that last opened this profile (Chromium
 * deletes IndexedDB files that are newer than itself), or one told to use the other IndexedDB engine (each deletes the
 * other's files); neither says a word. Records the browser and its flags.
 * @throws JobError `BROWSER_NOT_FOUND`.
 */
export async function checkBrowser(stateDir: string, version: string, env: Environment): Promise<void> {
  const before = await readBrowserRecord(stateDir);
  const flags = userFlags(env);
  const now: BrowserRecord = { version, flags, sqlite: asksForSqlite(flags) };
  if (before !== null) {
    const [majorBefore, major] = [majorOf(before.version), majorOf(version)];
    if (majorBefore !== null && major !== null && major < majorBefore) {
      throw new JobError(
        'BROWSER_NOT_FOUND',
        `The state directory ${stateDir} was last used with browser version ${before.version}; the one found is ${version}. An older browser erases the stored jobs.`,
        {
          hint: `Name a browser of version ${majorBefore} or newer with --browser, or start afresh with another --state-dir.`,
        },
      );
    }
    const engine = storedEngine(stateDir);
    if (engine !== null && before.sqlite !== now.sqlite) {
      throw new JobError(
        'BROWSER_NOT_FOUND',
        `The jobs in ${stateDir} are stored by IndexedDB's ${engine === 'sqlite' ? 'SQLite' : 'LevelDB'} engine, and the browser's flags ask for the other one, which would erase them.`,
        {
          hint: `Set MILLRACE_BROWSER_ARGS back to "${before.flags.join(' ')}", or start afresh with another --state-dir.`,
        },
      );
    }
  }
  if (JSON.stringify(before) !== JSON.stringify(now))
    await writeFileAtomically(join(stateDir, FILE), `${JSON.stringify(now)}\n`);
}

/** Null when no browser has opened the state directory yet. */
async function readBrowserRecord(stateDir: string): Promise<BrowserRecord | null> {
  const text = await readFile(join(stateDir, FILE), 'utf8').catch(() => null);
  if (text !== null) {
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch {
      // Cut short by a crash of the file system: as if it had not been written.
    }
  }
  const version = (await readFile(join(stateDir, OLD_FILE), 'utf8').catch(() => '')).trim();
  return version === '' ? null : { version, flags: [], sqlite: storedEngine(stateDir) === 'sqlite' };
}

/** Which engine's files the profile holds; null when it holds none. Each names its folders in its own way. */
function storedEngine(stateDir: string): 'leveldb' | 'sqlite' | null {
  try {
    const names = readdirSync(join(profileDirIn(stateDir), 'Default', 'IndexedDB'));
    if (names.some((name) => name.endsWith('.indexeddb.leveldb'))) return 'leveldb';
    return names.length > 0 ? 'sqlite' : null;
  } catch {
    return null;
  }
}

/** By the features that the user switches on; the lists of several flags add up. */
function asksForSqlite(flags: readonly string[]): boolean {
  const features = flags.filter((flag) => flag.startsWith('--enable-features='));
  return features.some((list) => /IdbSqlite(BackingStore|OnDiskRollout)/.test(list));
}
