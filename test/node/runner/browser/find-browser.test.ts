import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installedCandidates } from '../../../../src/runner/browser/browser-candidates.ts';
import { findBrowser } from '../../../../src/runner/browser/find-browser.ts';
import { freeProfile, profileOwner } from '../../../../src/runner/browser/stale-browser.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const folder = temporaryFolder();
const program = (path: string, script: string): string => {
  const whole = join(folder, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, `#!/bin/sh\n${script}\n`);
  chmodSync(whole, 0o755);
  return whole;
};
const find = (env: Record<string, string>, given?: string) => findBrowser({ given, cwd: folder, env });

test('--browser wins over MILLRACE_BROWSER, which wins over what is installed', async () => {
  const a = program('a/chrome', 'echo Google Chrome 150.0.1.2');
  const b = program('b/chromium', 'echo Chromium 151.0.3.4 built on X');
  expect(await find({ MILLRACE_BROWSER: b }, 'a/chrome')).toEqual({
    path: a,
    version: '150.0.1.2',
    how: '--browser',
  });
  expect(await find({ MILLRACE_BROWSER: b, PATH: join(folder, 'a') })).toEqual({
    path: b,
    version: '151.0.3.4',
    how: 'MILLRACE_BROWSER',
  });
  expect(await find({ PATH: join(folder, 'b') })).toMatchObject({ path: b, how: '`chromium` in PATH' });
});

test('a named browser that is none is an error, not passed over', async () => {
  const broken = program('broken', 'exit 1');
  await expect(find({}, broken)).rejects.toMatchObject({
    code: 'BROWSER_NOT_FOUND',
    message: expect.stringContaining(`--browser names ${broken}`),
  });
  await expect(find({ MILLRACE_BROWSER: '/nowhere' })).rejects.toThrow('MILLRACE_BROWSER names /nowhere');
});

test("Debian's launcher is replaced by the binary behind it, a snap's is passed over", async () => {
  const binary = program('lib/chromium/chromium', 'echo Chromium 156.0.0.1');
  program('debian/chromium', `APPNAME=chromium\nLIBDIR=${folder}/lib/$APPNAME\nexec $LIBDIR/$APPNAME "$@"`);
  expect(await find({ PATH: join(folder, 'debian') })).toMatchObject({ path: binary, version: '156.0.0.1' });
  program('ubuntu/chromium', 'exec /snap/bin/chromium "$@"');
  const found = await find({ PATH: `${join(folder, 'ubuntu')}:${join(folder, 'b')}` });
  expect(found.path).not.toContain('ubuntu');
});

test('looks where each platform keeps browsers', () => {
  expect(installedCandidates('darwin', {}, '/Users/me')[0]?.path).toBe(
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  );
  expect(
    installedCandidates('win32', { LOCALAPPDATA: 'C:/L' }, '').map((candidate) => candidate.path),
  ).toContain('C:/L/Google/Chrome/Application/chrome.exe');
  expect(
    installedCandidates('linux', { PATH: '/snap/bin:/usr/bin' }, '/root').some((candidate) =>
      candidate.path.startsWith('/snap/'),
    ),
  ).toBe(false);
});

test('a profile lock is read; one of another host is removed, one of a stranger is not touched', async () => {
  const profile = join(folder, 'profile');
  mkdirSync(profile);
  await freeProfile(profile);
  expect(profileOwner(profile)).toBeNull();
  symlinkSync('old-container-7', join(profile, 'SingletonLock'));
  expect(profileOwner(profile)).toEqual({ host: 'old-container', pid: 7 });
  await freeProfile(profile);
  expect(profileOwner(profile)).toBeNull();
  symlinkSync(`${hostname()}-${process.pid}`, join(profile, 'SingletonLock'));
  await freeProfile(profile);
  expect(profileOwner(profile)).toEqual({ host: hostname(), pid: process.pid });
});
