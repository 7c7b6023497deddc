import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkBrowser } from '../../../../src/runner/state/browser-record.ts';
import { checkJobId, newJobId } from '../../../../src/runner/state/job-id.ts';
import { stateDirFor } from '../../../../src/runner/state/state-dir.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test.each([
  ['as given', 'state', {}, 'linux', '/home/ann/state'],
  ['from the environment', undefined, { MILLRACE_STATE_DIR: '/s' }, 'linux', '/s'],
  ['on Linux', undefined, {}, 'linux', '/home/me/.local/state/millrace'],
  ['with XDG', undefined, { XDG_STATE_HOME: '/xdg' }, 'linux', '/xdg/millrace'],
  [
    'with a relative XDG, which does not count',
    undefined,
    { XDG_STATE_HOME: 'xdg' },
    'linux',
    '/home/me/.local/state/millrace',
  ],
  ['on a Mac', undefined, {}, 'darwin', '/home/me/Library/Application Support/millrace'],
] as const)('the state directory %s', (_, given, env, platform, expected) => {
  expect(stateDirFor(given, '/home/ann', env, platform, '/home/me')).toBe(expected);
});

test('job ids sort by time and are valid', () => {
  const early = newJobId(new Date('2026-11-22T02:31:45.999Z'), () => 0);
  expect(early).toBe('20261122-023145-aaaa');
  expect(newJobId(new Date('2026-11-22T02:31:46Z')) > early).toBe(true);
  for (let i = 0; i < 100; i++) checkJobId(newJobId(new Date()));
});

test('an older browser than before is refused, as it would erase the jobs', async () => {
  const stateDir = temporaryFolder();
  await checkBrowser(stateDir, '156.0.1.2', {});
  await checkBrowser(stateDir, '156.0.0.1', {});
  await checkBrowser(stateDir, '157.0.0.1', {});
  await expect(checkBrowser(stateDir, '156.9.9.9', {})).rejects.toMatchObject({
    code: 'BROWSER_NOT_FOUND',
    message: expect.stringContaining('version 157.0.0.1; the one found is 156.9.9.9'),
  });
  writeFileSync(join(stateDir, 'browser.json'), '{"version":"157');
  await checkBrowser(stateDir, '150.0.0.0', {});
});

test('what the first release wrote of the browser counts, too', async () => {
  const stateDir = temporaryFolder();
  writeFileSync(join(stateDir, 'browser-version'), '156.0.1.2\n');
  await expect(checkBrowser(stateDir, '155.0.0.0', {})).rejects.toMatchObject({ code: 'BROWSER_NOT_FOUND' });
});

const SQLITE = { MILLRACE_BROWSER_ARGS: '--x --enable-features=A,IdbSqliteBackingStore' };

test.each([
  ['LevelDB', 'http_millrace.localhost_0.indexeddb.leveldb', {}, SQLITE],
  ['SQLite', 'http_millrace.localhost_0', SQLITE, {}],
])(
  'flags that ask for another engine than %s are refused once it holds jobs',
  async (name, folder, before, after) => {
    const stateDir = temporaryFolder();
    await checkBrowser(stateDir, '156.0.0.0', before);
    await checkBrowser(stateDir, '156.0.0.0', after);
    await checkBrowser(stateDir, '156.0.0.0', before);
    mkdirSync(join(stateDir, 'profile/Default/IndexedDB', folder), { recursive: true });
    await expect(checkBrowser(stateDir, '156.0.0.0', after)).rejects.toMatchObject({
      code: 'BROWSER_NOT_FOUND',
      message: expect.stringContaining(`IndexedDB's ${name} engine`),
    });
    await checkBrowser(stateDir, '157.0.0.0', before);
  },
);
