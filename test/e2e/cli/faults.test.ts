import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHAOS = fileURLToPath(new URL('../../chaos/run.mjs', import.meta.url));
const seed = process.env['MILLRACE_SEED'] ?? '20261126';

// A few faults of the campaign (`npm run chaos`), and its own check that nothing is lost, repeated or hangs.
test('kills, ended workers, no memory, a full quota, a changed input and lost devices: the same bytes at the end', () => {
  const args = '--kills 8 --device-losses 3 --others 4 --hangs 0 --rows 20000 --minutes 0.9'.split(' ');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--experimental-websocket', '--no-warnings', CHAOS, '--seed', seed, ...args],
    { encoding: 'utf8', timeout: 170_000 },
  );
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^\| all +\| +[1-9]/m);
  expect(stdout).toMatch(/^\| (device\.destroy|crash of the GPU|kill -9 of the GPU)/m);
  expect(stdout).toMatch(/^\| kill -9 of the (runner|browser|page)/m);
});
