import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import { COMMANDS } from '../../../src/runner/commands/command-table.ts';
import { runCli } from '../../../src/runner/run-cli.ts';
import { ManifestFolder } from '../../../src/runner/state/manifest-folder.ts';
import { newManifest } from '../../../src/runner/state/new-manifest.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { TextRecorder } from '../../support/text-recorder.ts';

const folder = temporaryFolder();
const stateDir = join(folder, 'state');
mkdirSync(join(folder, 'app'));
writeFileSync(join(folder, 'docs.jsonl'), '{"text":"a"}\n');
writeFileSync(join(folder, 'empty.jsonl'), '');
mkdirSync(join(folder, 'model'));
writeFileSync(join(folder, 'model', 'config.json'), '{}');
writeFileSync(join(folder, 'there.parquet'), '');

async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const stdout = new TextRecorder();
  const stderr = new TextRecorder();
  const context = {
    appDir: join(folder, 'app'),
    cwd: folder,
    env: { MILLRACE_STATE_DIR: stateDir },
    stdout,
    stderr,
  };
  return { code: await runCli(args, context), stdout: stdout.text, stderr: stderr.text };
}

describe('help', () => {
  test('of the program names every command; none given is an error', async () => {
    const { code, stdout } = await cli('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command.name} `);
    expect(await cli()).toMatchObject({ code: 2, stdout: '', stderr: stdout });
  });

  test.each(COMMANDS.map((command) => command.name))(
    'of %s has usage, options, examples and exit codes',
    async (name) => {
      const { code, stdout } = await cli(name, '--help');
      expect(code).toBe(0);
      for (const part of [`Usage:\n  millrace ${name}`, 'Options:\n', 'Examples:\n', 'Exit codes:\n  0 '])
        expect(stdout).toContain(part);
      expect((await cli('help', name)).stdout).toBe(stdout);
    },
  );

  test('--version is the version', async () => {
    expect((await cli('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what is refused before a browser is started', () => {
  const demo = ['--model', 'demo', '--out', 'v.parquet'];
  const model = ['--model', 'model', '--out', 'v.parquet'];
  test.each([
    [['rnu'], 'error: "rnu" is not a command of millrace. Did you mean run?'],
    [['run'], 'error: Missing: INPUT (the file to read)'],
    [['run', 'docs.jsonl', '--modle', 'x'], 'Did you mean --model?'],
    [['run', 'nowhere.jsonl', ...model], 'There is no input file'],
    [['run', 'empty.jsonl', ...model], 'is empty: it has no rows'],
    [['run', 'model', '--format', 'jsonl', ...model], 'has no file of a format that is read'],
    [['run', 'docs.jsonl', ...demo], 'The embedded demo model is not in'],
    [['run', 'docs.jsonl', '--model', 'org/name', '--out', 'v.parquet'], 'Millrace downloads nothing'],
    [['run', 'docs.jsonl', '--model', 'model', '--out', 'there.parquet'], 'exists already.'],
    [
      ['run', 'docs.jsonl', '--model', 'model', '--out', 'docs.jsonl', '--force'],
      'The output would replace the input',
    ],
    [['run', 'docs.jsonl', '--model', 'model', '--out', 'model', '--out-format', 'npy'], 'is a folder'],
    [['run', 'docs.jsonl', '--model', 'model', '--out', 'docs.jsonl/v.npy'], 'is not a folder'],
    [['run', 'docs.jsonl', ...model, '--name', 'Bad Name'], '"Bad Name" cannot be the name of a job.'],
    [['run', 'docs.jsonl', ...model, '--browser', '/nowhere'], '--browser names /nowhere'],
    [['resume', '--model', 'demo'], '--model is not an option of millrace resume.'],
    [['resume'], 'There is nothing to resume'],
    [['resume', 'unknown'], 'There is no job "unknown"'],
    [['retry'], 'Missing: JOB'],
    [['retry', 'unknown'], 'There is no job "unknown"'],
    [['retry', 'unknown', '--model', 'demo'], '--model is not an option of millrace retry.'],
    [['export', 'unknown', '--out', 'x.npy'], 'There is no job "unknown"'],
    [['export'], 'Missing: JOB'],
    [['rm'], 'Missing: which jobs to remove.'],
    [['rm', 'a', '--all'], 'one of them'],
    [['rm', 'unknown'], 'There is no job "unknown"'],
    [['demo', '--rows', 'many'], '--rows is "many"'],
    [['demo', '--out', 'x.csv'], 'does not end in .parquet'],
    [['serve', '--port', '99999'], '--port is "99999"'],
    [['jobs', 'extra'], 'one argument too many'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: /);
    expect([code, stdout]).toEqual([2, '']);
    expect((await new ManifestFolder(stateDir).list()).jobs).toEqual([]);
  });

  test('with --json it is an event on stdout too', async () => {
    const { code, stdout } = await cli('run', 'nowhere.jsonl', ...model, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'error', code: 'INPUT_NOT_FOUND' });
  });
});

describe('jobs', () => {
  test('lists states as they are: what has no living runner is stopped', async () => {
    expect((await cli('jobs')).stdout).toBe(`No jobs in ${stateDir}.\n`);
    const spec = parseJobSpec({
      input: { path: '/in/docs.jsonl' },
      model: { path: 'demo' },
      task: {},
      output: { path: '/out/v.parquet' },
    });
    const manifests = new ManifestFolder(stateDir);
    await manifests.write({
      ...newManifest('killed', spec, false, new Date(Date.now() - 3 * 3600_000)),
      state: 'running',
      rowsDone: 1200,
      rowsTotal: 5000,
      rowsQuarantined: 2,
    });
    await manifests.write({
      ...newManifest('finished', spec, false),
      state: 'done',
      rowsDone: 5000,
      rowsTotal: 5000,
      outputFiles: ['/out/v.parquet'],
    });
    const { stdout } = await cli('jobs');
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'JOB | STATE | ROWS | QUARANTINE | INPUT | OUTPUT | AGE',
      expect.stringMatching(/^finished \| done \| 5,000 \| 0 \| docs\.jsonl \| \/out\/v\.parquet \| \d s$/),
      'killed | stopped | 1,200/5,000 | 2 | docs.jsonl | /out/v.parquet | 3 h',
      '',
    ]);
    const lines = (await cli('jobs', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; state: string });
    expect(lines.map(({ id, state }) => [id, state])).toEqual([
      ['finished', 'done'],
      ['killed', 'stopped'],
    ]);
    expect(await cli('retry', 'killed')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Finish it with `millrace resume killed`'),
    });
    expect(await cli('retry', 'finished')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('has no row in quarantine'),
    });
    expect(await cli('export', 'killed', '--out', 'x.npy')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not computed to its end (1200 rows so far)'),
    });
    expect(
      await cli('run', 'docs.jsonl', '--model', 'model', '--out', 'v.parquet', '--name', 'killed'),
    ).toMatchObject({ code: 2, stderr: expect.stringContaining('There is a job "killed" already.') });
  });
});
