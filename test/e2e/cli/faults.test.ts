import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProcess } from '../../support/run-cli.ts';

const CHAOS = fileURLToPath(new URL('../../chaos/run.mjs', import.meta.url));
const seed = process.env['MILLRACE_SEED'] ?? '20261126';

// A few faults of the campaign (`npm run chaos`), and its own check that nothing is lost, repeated or hangs.
test('kills, ended workers, no memory, a full quota, a changed input and lost devices: the same bytes at the end', async () => {
  const faults = '--kills 4 --device-losses 2 --others 4 --hangs 0 --rows 20000 --minutes 2'.split(' ');
  const args = ['--experimental-websocket', '--no-warnings', CHAOS, '--seed', seed, ...faults];
  const { code, stdout, stderr } = await startProcess(process.execPath, args, {}).result;
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^\| all +\| +[1-9]/m);
  expect(stdout).toMatch(/^\| (device\.destroy|crash of the GPU|kill -9 of the GPU)/m);
  expect(stdout).toMatch(/^\| kill -9 of the (runner|browser|page)/m);
});
