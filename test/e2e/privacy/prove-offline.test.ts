import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBrowser } from '../../../src/runner/browser/find-browser.ts';
import { canProveOffline } from '../../support/can-prove-offline.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const canProve = canProveOffline();

function runArgs(folder: string, ...more: readonly string[]): string[] {
  return [
    ...['run', join(folder, 'rows.jsonl'), '--model', 'demo', '--device', 'wasm', '--name', 'job'],
    ...['--out', join(folder, 'out.jsonl'), '--state-dir', join(folder, 'state'), '--prove-offline', ...more],
  ];
}

function manifestIn(folder: string): { state: string; offline: unknown; rowsDone: number } {
  return JSON.parse(readFileSync(join(folder, 'state/jobs/job.json'), 'utf8')) as never;
}

async function folderWithRows(count: number): Promise<string> {
  const folder = tempFolder();
  writeFileSync(join(folder, 'rows.jsonl'), toJsonl(await realRows(count)));
  return folder;
}

test.runIf(canProve)(
  'a whole job runs where only loopback exists, and no packet tries to leave',
  async () => {
    const folder = await folderWithRows(2000);
    const { code, stdout, stderr } = await runCli(runArgs(folder));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^ {2}offline +proven: no packet tried to leave$/m);
    expect(manifestIn(folder)).toMatchObject({
      state: 'done',
      rowsDone: 2000,
      offline: { proven: true, attempts: {} },
    });
    expect(readFileSync(join(folder, 'out.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(2000);
  },
);

test.runIf(canProve)(
  'a browser that sends one datagram is found out, and the command says so and fails',
  async () => {
    const folder = await folderWithRows(50);
    const { path } = await findBrowser({ given: undefined, cwd: folder, env: process.env });
    const talking = join(folder, 'talking-browser');
    writeFileSync(
      talking,
      `#!/bin/bash\n[ "$1" = --version ] || echo x 2>/dev/null >/dev/udp/203.0.113.1/9\nexec "${path}" "$@"\n`,
    );
    chmodSync(talking, 0o755);
    const { code, stdout, stderr } = await runCli(runArgs(folder, '--browser', talking));
    expect(code, stderr).toBe(2);
    expect(stdout).toMatch(/^ {2}offline +not proven$/m);
    expect(stderr).toMatch(/Something tried to reach the network.*Ip OutNoRoutes 1/);
    expect(stderr).toContain('Nothing got out');
    // What was computed is there all the same.
    expect(manifestIn(folder)).toMatchObject({ state: 'done', offline: { proven: false } });
  },
);

test('where no namespace can be made, the message says what to do, and nothing has started', async () => {
  const folder = await folderWithRows(10);
  const { code, stderr } = await runCli(runArgs(folder), { PATH: join(folder, 'nothing') });
  expect(code).toBe(2);
  expect(stderr).toMatch(/the program `unshare` is missing\.\n +Install util-linux\./);
});
