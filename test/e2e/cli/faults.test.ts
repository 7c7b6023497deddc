import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHAOS = fileURLToPath(new URL('../../chaos/run.mjs', import.meta.url));
const seed = process.env['MILLRACE_SEED'] ?? '20261126';

/** A few faults of the campaign (`npm run chaos`), and its own check that nothing is lost, repeated or hangs. */
function checkCampaign(...counts: readonly string[]): void {
  const args = [
    '--experimental-websocket',
    '--no-warnings',
    CHAOS,
    '--seed',
    seed,
    '--hangs',
    '0',
    ...counts,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 170_000,
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/^\| all +\| +[1-9]/m);
}

test('kills, ended workers, no memory, a full quota and a changed input: the same bytes at the end', () => {
  checkCampaign(
    '--kills',
    '10',
    '--device-losses',
    '0',
    '--others',
    '4',
    '--rows',
    '40000',
    '--minutes',
    '0.9',
  );
});

test('destroyed devices and crashed GPU processes: the same bytes at the end', () => {
  checkCampaign(
    '--kills',
    '0',
    '--device-losses',
    '4',
    '--others',
    '0',
    '--rows',
    '40000',
    '--minutes',
    '0.5',
  );
});
