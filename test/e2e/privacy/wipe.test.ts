import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesHolding } from '../../support/files-holding.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** In the text, the ids, the kept columns, a bad row, the name of the file and that of the job. */
const CANARY = 'zwunkelfratz';

function canaryRows(): string {
  const rows = Array.from({ length: 300 }, (_, n) => ({
    id: `${CANARY}-id-${n}`,
    text: `${CANARY} number ${n}`,
    title: `a ${CANARY} title ${'·'.repeat(n % 7)}`,
  }));
  return `${toJsonl(rows)}${CANARY} is not JSON\n`;
}

test.each([
  ['LevelDB', ''],
  ['SQLite', '--enable-features=IdbSqliteBackingStore'],
])('on %s nothing of a wiped job is left in any file, and the other job is whole', async (engine, flags) => {
  const folder = tempFolder();
  const state = join(folder, 'state');
  const env = { MILLRACE_BROWSER_ARGS: flags };
  const at = ['--state-dir', state];
  writeFileSync(join(folder, `${CANARY}.jsonl`), canaryRows());
  writeFileSync(join(folder, 'other.jsonl'), toJsonl(await realRows(500)));
  for (const name of [CANARY, 'other']) {
    const { code, stderr } = await runCli(
      [
        ...['run', join(folder, `${name}.jsonl`), '--model', 'demo', '--device', 'wasm', '--id-column', 'id'],
        ...['--keep', 'text', '--name', name, '--out', join(folder, `${name}.parquet`), ...at],
      ],
      env,
    );
    expect(code, stderr).toBe(0);
  }
  // What the wipe has to find: the search is one that does.
  const before = filesHolding(state, [CANARY]);
  expect(before).toEqual(
    expect.arrayContaining([`jobs/${CANARY}.json`, expect.stringContaining('IndexedDB')]),
  );
  const half = join(folder, `${CANARY}.parquet.part`);
  writeFileSync(half, 'left by a run that was killed');
  writeFileSync(join(state, 'jobs', `${CANARY}.json.1.tmp`), CANARY);

  const wiped = await runCli(['wipe', CANARY, ...at], env);
  expect(wiped.code, wiped.stderr).toBe(0);
  expect(wiped.stdout).toBe(`Wiped job: ${CANARY}.\n`);
  expect(filesHolding(state, [CANARY])).toEqual([]);
  expect(existsSync(half)).toBe(false);
  // Output is the user's.
  expect(existsSync(join(folder, `${CANARY}.parquet`))).toBe(true);

  if (engine === 'LevelDB') {
    const again = join(folder, 'again.parquet');
    const exported = await runCli(['export', 'other', '--out', again, ...at], env);
    expect(exported.code, exported.stderr).toBe(0);
    expect(readFileSync(again).equals(readFileSync(join(folder, 'other.parquet')))).toBe(true);
  }

  const all = await runCli(['wipe', '--all', ...at], { ...env, PATH: '' });
  expect(all).toMatchObject({ code: 0, stdout: 'Wiped job: other. Nothing of any job is left.\n' });
  expect(filesHolding(state, ['other', 'row-1'])).toEqual([]);
});
