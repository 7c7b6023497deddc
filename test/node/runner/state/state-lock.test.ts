import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identityOf } from '../../../../src/runner/state/process-identity.ts';
import { lockStateDir, readLockOwner, type LockOwner } from '../../../../src/runner/state/state-lock.ts';
import { withStateLock } from '../../../../src/runner/state/with-state-lock.ts';
import { deferred } from '../../../../src/util/deferred.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const stateDir = join(temporaryFolder(), 'state');
const path = join(stateDir, 'runner.lock');
const owner = (change: object) =>
  writeFileSync(
    path,
    JSON.stringify({ ...identityOf(process.pid), since: 'then', command: 'run x', ...change }),
  );

/** Takes the lock and gives it back. */
async function takeOver(): Promise<void> {
  const lock = await lockStateDir(stateDir, 'run after');
  expect((await readLockOwner(stateDir))?.command).toBe('run after');
  await lock.release();
  expect(await readLockOwner(stateDir)).toBeNull();
}

test('one owner at a time; the second is told who it is', async () => {
  const lock = await lockStateDir(stateDir, 'run mine');
  await expect(lockStateDir(stateDir, 'jobs')).rejects.toMatchObject({
    code: 'STATE_BUSY',
    message: expect.stringContaining(`\`millrace run mine\` (pid ${process.pid}`),
  });
  expect((await readLockOwner(stateDir))?.command).toBe('run mine');
  await lock.release();
  expect(existsSync(path)).toBe(false);
});

test('whoever loses it to another host learns of it, and leaves the lock alone', async () => {
  const lost = deferred<LockOwner | null>();
  const lock = await lockStateDir(stateDir, 'run slept', { heartbeatMs: 10, onLost: lost.resolve });
  owner({ host: 'elsewhere', command: 'resume there' });
  expect(await lost.promise).toMatchObject({ host: 'elsewhere', command: 'resume there' });
  await lock.release();
  expect(existsSync(path)).toBe(true);
  rmSync(path);
});

test('it is released when what was done under it fails', async () => {
  await expect(withStateLock(stateDir, 'run', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readLockOwner(stateDir)).toBeNull();
});

test('a lock whose process was killed is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const identity = identityOf(child.pid ?? 0);
  owner(identity);
  await expect(lockStateDir(stateDir, 'run')).rejects.toMatchObject({ code: 'STATE_BUSY' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await takeOver();
});

test('a later process with the same pid is not the owner', async () => {
  owner({ started: 'another boot 1' });
  await expect(takeOver()).resolves.toBeUndefined();
});

test('a lock of another host holds while it is touched, and is left behind when it is not', async () => {
  owner({ host: 'elsewhere' });
  await expect(lockStateDir(stateDir, 'run')).rejects.toMatchObject({
    code: 'STATE_BUSY',
    message: expect.stringContaining('on elsewhere'),
  });
  const longAgo = new Date(Date.now() - 120_000);
  utimesSync(path, longAgo, longAgo);
  await takeOver();
});

test('a lock that cannot be read is no lock', async () => {
  writeFileSync(path, 'half');
  await expect(takeOver()).resolves.toBeUndefined();
});

test.each(Array.from({ length: 20 }, (_, round) => round))(
  'of many at once exactly one gets a lock that is left behind (%i)',
  async () => {
    owner({ started: 'long ago' });
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockStateDir(stateDir, 'run')));
    const got = tries.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(got.length).toBe(1);
    await got[0]?.release();
  },
);
