import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from '../../core/zod.ts';
import { JobError } from '../../core/job-error.ts';
import { identityOf, isAlive } from './process-identity.ts';

const HEARTBEAT_MS = 15_000;
/** A lock of another host (a container that is gone) counts as left behind when it has not been touched for this long. */
const FOREIGN_STALE_MS = 60_000;
const GUARD_STALE_MS = 10_000;
const ATTEMPTS = 100;

const lockSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  started: z.string().nullable(),
  since: z.string(),
  command: z.string(),
});
export type LockOwner = z.infer<typeof lockSchema>;

export interface StateLock {
  release(): Promise<void>;
}

export type LockOptions = {
  readonly heartbeatMs?: number;
  /** Called when someone else has taken the lock: this machine slept for so long that it was held for gone. */
  readonly onLost?: (owner: LockOwner | null) => void;
};

/**
 * Takes the state directory for this process: one runner at a time may own the browser profile in it.
 * A lock whose process is gone (kill -9, power cut) is taken over without asking.
 * @throws JobError `STATE_BUSY`, naming who holds it.
 */
export async function lockStateDir(
  stateDir: string,
  command: string,
  options: LockOptions = {},
): Promise<StateLock> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const path = lockPath(stateDir);
  const owner: LockOwner = { ...identityOf(process.pid), since: new Date().toISOString(), command };
  const text = `${JSON.stringify(owner)}\n`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await placeLock(path, text)) return holdLock(path, text, options);
    await removeStaleLock(path, stateDir);
  }
  throw busy(stateDir, await readLockOwner(stateDir));
}

/** Who holds the state directory now, or null. */
export async function readLockOwner(stateDir: string): Promise<LockOwner | null> {
  const path = lockPath(stateDir);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  const owner = parseOwner(text);
  return owner !== null && (await isHeld(path, owner)) ? owner : null;
}

function lockPath(stateDir: string): string {
  return join(stateDir, 'runner.lock');
}

/** Creates the lock with its content in one step, so that nobody reads half of it. */
async function placeLock(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function holdLock(
  path: string,
  text: string,
  { heartbeatMs = HEARTBEAT_MS, onLost }: LockOptions,
): StateLock {
  const beat = async (): Promise<void> => {
    const found = await readFile(path, 'utf8').catch(() => null);
    // A file that cannot be read may be in the middle of something; one of another is not.
    if (found !== null && found !== text) {
      clearInterval(timer);
      onLost?.(parseOwner(found));
    } else await utimes(path, new Date(), new Date()).catch(() => undefined);
  };
  const timer = setInterval(() => void beat(), heartbeatMs);
  timer.unref();
  // For ways out that do not wait for promises: a second Ctrl+C.
  const removeOwn = () => {
    try {
      if (readFileSync(path, 'utf8') === text) rmSync(path);
    } catch {
      // Gone already.
    }
  };
  process.once('exit', removeOwn);
  return {
    release: async () => {
      clearInterval(timer);
      process.off('exit', removeOwn);
      removeOwn();
    },
  };
}

/**
 * Removes a lock that nobody holds. Only who has the guard may remove one, and looks again first: so a lock that was
 * placed in the meantime is never taken for the stale one.
 * @throws JobError `STATE_BUSY` when the owner lives.
 */
async function removeStaleLock(path: string, stateDir: string): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch {
    const made = (await stat(guard).catch(() => null))?.mtimeMs ?? Date.now();
    // Whoever made it died over it.
    if (Date.now() - made > GUARD_STALE_MS) await rm(guard, { force: true });
    await delay(20);
    return;
  }
  try {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) return;
    const owner = parseOwner(text);
    if (owner !== null && (await isHeld(path, owner))) throw busy(stateDir, owner);
    await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function isHeld(path: string, owner: LockOwner): Promise<boolean> {
  if (owner.host === identityOf(process.pid).host) return isAlive(owner);
  const touched = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
  return Date.now() - touched < FOREIGN_STALE_MS;
}

function parseOwner(text: string): LockOwner | null {
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function busy(stateDir: string, owner: LockOwner | null): JobError {
  return new JobError('STATE_BUSY', `The state directory ${stateDir} is in use by ${ownerText(owner)}.`, {
    hint: 'See how far it is with `millrace watch`, stop it with Ctrl+C, or give this job a directory of its own with --state-dir.',
    details: { stateDir, pid: owner?.pid ?? null },
  });
}

/** The holder of a state directory, in words. */
export function ownerText(owner: LockOwner | null): string {
  if (owner === null) return 'another process';
  return `\`millrace ${owner.command}\` (pid ${owner.pid} on ${owner.host}, since ${owner.since})`;
}
