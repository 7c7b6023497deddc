import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserPids } from '../../support/browser-processes.ts';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli, startCli, type CliProcess } from '../../support/run-cli.ts';
import { makeFolder, removeFolder } from '../../support/temp-folder.ts';

const ADVANCES = /"kind":"progress".*"rowsDone":[1-9]\d{4}/;
const SQLITE = { MILLRACE_BROWSER_ARGS: '--enable-features=IdbSqliteBackingStore' };

let folder: string;
let input: string;

beforeAll(async () => {
  folder = makeFolder();
  input = join(folder, 'rows.jsonl');
  writeFileSync(input, toJsonl(await realRows(30_000)));
});

afterAll(() => removeFolder(folder));

const state = (name: string) => ['--state-dir', join(folder, name)];
const out = (name: string) => join(folder, `${name}.npy`);

function start(name: string, env: NodeJS.ProcessEnv = {}): CliProcess {
  const job = ['--text-column', 'text', '--id-column', 'id', '--keep', 'n', '--batch-tokens', '1024'];
  const args = ['--model', DEMO_MODEL, '--device', 'wasm', '--out', out(name), ...state(name)];
  return startCli(['run', input, ...job, ...args, '--name', 'job', '--json'], env);
}

const resume = (name: string, env: NodeJS.ProcessEnv = {}) =>
  runCli(['resume', 'job', ...state(name), '--json'], env);

const indexedDb = (name: string) => join(folder, name, 'profile/Default/IndexedDB');

test('a store that a power cut left without some of its values is put right', async () => {
  const cli = start('torn');
  await cli.lineMatching(ADVANCES);
  cli.child.kill('SIGINT');
  expect((await cli.result).code).toBe(130);
  // LevelDB keeps large values in files of their own, which a cut takes while the records that name them stay.
  const blobs = readdirSync(indexedDb('torn'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('.blob'))
    .map((entry) => join(entry.parentPath, entry.name));
  expect(blobs.length).toBeGreaterThan(10);
  for (const [index, path] of blobs.entries()) if (index % 3 === 0) rmSync(path);
  const resumed = await resume('torn');
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toMatch(/"kind":"notice".*(computed|read from the input) again/);
});

test('SQLite: kill -9 and resume give the bytes of LevelDB; switching engines is refused, and said when it happened', async () => {
  const cli = start('sqlite', SQLITE);
  await cli.lineMatching(ADVANCES);
  for (const pid of browserPids(join(folder, 'sqlite'))) process.kill(pid, 'SIGKILL');
  expect((await cli.result).code).toBe(1);
  expect(readdirSync(indexedDb('sqlite')).some((name) => name.endsWith('.leveldb'))).toBe(false);

  const switched = await resume('sqlite');
  expect(switched.code).toBe(2);
  expect(switched.stdout).toMatch(/stored by IndexedDB's SQLite engine.*would erase them/);

  const resumed = await resume('sqlite', SQLITE);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toMatch(/"kind":"resumed","rowsDone":[1-9]/);
  expect(readFileSync(out('sqlite')).equals(readFileSync(out('torn')))).toBe(true);

  // As a browser would do it whose version brings the other engine.
  writeFileSync(join(folder, 'sqlite/browser.json'), '{"version":"1.0.0.0","flags":[],"sqlite":false}');
  const lost = await runCli(['export', 'job', '--out', join(folder, 'lost.npy'), ...state('sqlite')]);
  expect(lost.code).toBe(2);
  expect(lost.stderr).toMatch(/no longer has them[^]*millrace rm job/);
});
