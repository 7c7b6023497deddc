import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { canProveOffline } from '../../support/can-prove-offline.ts';
import { CliUnderTest } from '../../support/cli-under-test.ts';
import type { RunnerEvent } from '../../../src/runner/reporters/runner-event.ts';

const ROWS = 40;
let cli: CliUnderTest;

beforeAll(async () => {
  cli = await CliUnderTest.build();
  for (const column of ['text', 'gated', 'fail']) {
    const lines = Array.from({ length: ROWS }, (_, row) =>
      row === 3 ? 'not json' : JSON.stringify({ [column]: 'x'.repeat(row) }),
    );
    writeFileSync(cli.path(`${column}.jsonl`), `${lines.join('\n')}\n`);
  }
});

const runArgs = (column: string, name: string, ...more: string[]) => [
  'run',
  `${column}.jsonl`,
  '--model',
  'model',
  '--text-column',
  column,
  '--out',
  `out/${name}.jsonl`,
  '--name',
  name,
  ...more,
];
const halfWay = (event: RunnerEvent) => event.kind === 'stage' && event.message === 'half-way';
const output = (name: string) => readFileSync(cli.path(`out/${name}.jsonl`), 'utf8');
const expected = Array.from({ length: ROWS }, (_, row) => (row === 3 ? '' : `${row} ${row}\n`)).join('');

describe('run', () => {
  test('takes a file to an output, with progress on stderr and the summary on stdout', async () => {
    const { code, stdout, stderr } = await cli.run(...runArgs('text', 'whole'));
    expect(stderr).toContain('Starting job whole');
    expect(stderr).toContain('Row 3 in quarantine: ROW_NOT_JSON');
    expect(stdout).toContain(`output      ${cli.path('out/whole.jsonl')}`);
    expect(stdout).toContain(`1 row, see ${cli.path('out/whole.quarantine.jsonl')}`);
    expect(code).toBe(0);
    expect(output('whole')).toBe(expected);
    expect(
      readdirSync(cli.path('out'))
        .filter((name) => name.startsWith('whole'))
        .toSorted(),
    ).toEqual(['whole.jsonl', 'whole.manifest.json', 'whole.quarantine.jsonl']);
    expect(cli.browserPids()).toEqual([]);
  });

  test('does not replace an output unless it is told to', async () => {
    expect(await cli.run('run', 'text.jsonl', '--model', 'model', '--out', 'out/whole.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exists already'),
    });
    expect(
      await cli.run(
        'run',
        'text.jsonl',
        '--model',
        'model',
        '--out',
        'out/whole.jsonl',
        '--force',
        '--quiet',
      ),
    ).toMatchObject({ code: 0, stdout: '' });
  });

  test('with --json prints events and nothing else, in an order that tells the whole story', async () => {
    const running = cli.start(...runArgs('text', 'json', '--json'));
    const { code, stdout, stderr } = await running.finished;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trim().split('\n').length).toBe(running.events.length);
    const kinds = running.events.map((event) => event.kind);
    expect([kinds[0], ...kinds.slice(-2)]).toEqual(['job', 'summary', 'output']);
    expect(running.events.at(-1)).toMatchObject({
      kind: 'output',
      rows: ROWS - 1,
      rowsQuarantined: 1,
      files: ['jsonl', 'quarantine.jsonl', 'manifest.json'].map((suffix) => cli.path(`out/json.${suffix}`)),
    });
  });

  test("a job's own failure is told with its code, kept, and can be resumed", async () => {
    const failed = cli.start(...runArgs('fail', 'failing', '--json'));
    expect((await failed.finished).code).toBe(1);
    expect(failed.events.at(-1)).toMatchObject({ kind: 'error', code: 'DEVICE_LOST' });
    expect((await cli.run('jobs')).stdout).toMatch(/failing +failed +20\/40 /);
    expect((await cli.run('resume', 'failing')).code).toBe(0);
    expect(output('failing')).toBe(expected);
  });
});

describe('a job that is stopped', () => {
  test('by Ctrl+C drains, says how to resume, and resumes to the same bytes', async () => {
    const running = cli.start(...runArgs('gated', 'drained', '--json'));
    await running.until(halfWay);
    expect((await cli.run('jobs')).stdout).toMatch(/drained +running /);
    running.process.kill('SIGINT');
    const { code } = await running.finished;
    expect(code).toBe(130);
    expect(running.events.slice(-2)).toMatchObject([
      { kind: 'stopping' },
      { kind: 'stopped', jobId: 'drained', resume: 'millrace resume drained' },
    ]);
    expect((await cli.run('jobs')).stdout).toMatch(/drained +paused +20\/40 /);
    expect(existsSync(cli.path('out/drained.jsonl'))).toBe(false);
    const resumed = cli.start('resume', '--json');
    expect((await resumed.finished).code).toBe(0);
    expect(resumed.events).toContainEqual(expect.objectContaining({ kind: 'resumed', rowsDone: 20 }));
    expect(output('drained')).toBe(expected);
  });

  test.runIf(canProveOffline())(
    'by Ctrl+C, or by kill -9, ends as well where it runs in a network namespace',
    async () => {
      const drained = cli.start(...runArgs('gated', 'inside', '--json', '--prove-offline'));
      await drained.until(halfWay);
      drained.process.kill('SIGINT');
      // Twice would have ended it at once.
      expect((await drained.finished).code).toBe(130);
      expect(drained.events.slice(-2)).toMatchObject([{ kind: 'stopping' }, { kind: 'stopped' }]);
      const killed = cli.start('resume', 'inside', '--json', '--prove-offline');
      await killed.until((event) => event.kind === 'job');
      killed.process.kill('SIGKILL');
      await expect.poll(() => cli.browserPids(), { timeout: 10_000 }).toEqual([]);
      const resumed = cli.start('resume', 'inside', '--json', '--prove-offline');
      expect((await resumed.finished).code).toBe(0);
      expect(resumed.events.at(-1)).toMatchObject({ kind: 'output', offline: { proven: true } });
      expect(output('inside')).toBe(expected);
    },
  );

  test('by a second Ctrl+C ends at once, and its browser with it', async () => {
    const running = cli.start(...runArgs('text', 'impatient', '--json'));
    await running.until((event) => event.kind === 'job');
    running.process.kill('SIGINT');
    await running.until((event) => event.kind === 'stopping');
    running.process.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    await expect.poll(() => cli.browserPids(), { timeout: 10_000 }).toEqual([]);
    expect((await cli.run('resume', 'impatient')).code).toBe(0);
    expect(output('impatient')).toBe(expected);
  });

  test('by kill -9 of the command line takes its browser with it and resumes', async () => {
    const running = cli.start(...runArgs('gated', 'killed', '--json'));
    await running.until(halfWay);
    expect(cli.browserPids().length).toBeGreaterThan(0);
    running.process.kill('SIGKILL');
    await running.finished;
    await expect.poll(() => cli.browserPids(), { timeout: 10_000 }).toEqual([]);
    expect((await cli.run('jobs')).stdout).toMatch(/killed +stopped /);
    expect((await cli.run('resume', 'killed')).code).toBe(0);
    expect(output('killed')).toBe(expected);
  });

  test('by kill -9 of its browser is told so, with exit code 1, and resumes', async () => {
    const running = cli.start(...runArgs('gated', 'orphaned', '--json'));
    await running.until(halfWay);
    process.kill(cli.browserPids()[0] ?? 0, 'SIGKILL');
    const { code } = await running.finished;
    expect(code).toBe(1);
    expect(running.events.at(-1)).toMatchObject({
      kind: 'error',
      code: 'BROWSER_FAILED',
      hint: expect.stringContaining('millrace resume'),
    });
    expect((await cli.run('resume', 'orphaned')).code).toBe(0);
    expect(output('orphaned')).toBe(expected);
  });

  test('by kill -9 while its browser hangs: the next start clears the browser away', async () => {
    const running = cli.start(...runArgs('gated', 'hanging', '--json'));
    await running.until(halfWay);
    const [browser = 0] = cli.browserPids();
    process.kill(browser, 'SIGSTOP');
    running.process.kill('SIGKILL');
    await running.finished;
    expect(cli.browserPids()).toContain(browser);
    expect((await cli.run('resume', 'hanging')).code).toBe(0);
    expect(output('hanging')).toBe(expected);
    expect(cli.browserPids()).toEqual([]);
  });

  test('keeps a second command line off its state, says who has it, and lets it watch', async () => {
    const running = cli.start(...runArgs('gated', 'owner', '--json'));
    await running.until(halfWay);
    const second = await cli.run(...runArgs('text', 'second'));
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`in use by \`millrace run owner\` (pid ${running.process.pid}`),
    });
    expect((await cli.run('doctor')).stdout).toContain(
      `in use by \`millrace run owner\` (pid ${running.process.pid})`,
    );
    const watching = cli.start('watch', '--json');
    await watching.until(halfWay);
    running.process.kill('SIGTERM');
    expect((await running.finished).code).toBe(130);
    expect(await watching.finished).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /Watching job owner of .*\n[^]*does not run any more.*millrace resume owner/,
      ),
    });
    expect(await cli.run('watch')).toMatchObject({ code: 2, stderr: expect.stringContaining('No job runs') });
    expect((await cli.run('rm', 'owner')).code).toBe(0);
  });
});

describe('what is stored', () => {
  test('is exported once more, listed, and removed', async () => {
    expect((await cli.run('export', 'whole', '--out', 'copy.jsonl')).code).toBe(0);
    expect(readFileSync(cli.path('copy.jsonl'), 'utf8')).toBe(expected);
    expect(await cli.run('resume', 'whole')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Job whole is done; its output is'),
    });
    rmSync(cli.path('out/whole.jsonl'));
    expect((await cli.run('resume', 'whole', '--force')).code).toBe(0);
    expect(output('whole')).toBe(expected);
    expect(await cli.run('rm', 'whole')).toMatchObject({ code: 0, stdout: 'Removed job: whole.\n' });
    expect((await cli.run('jobs')).stdout).not.toMatch(/^whole /m);
    expect((await cli.run('rm', '--finished')).code).toBe(0);
    expect((await cli.run('rm', '--all')).code).toBe(0);
    expect((await cli.run('jobs')).stdout).toContain('No jobs in');
  });

  test('and lost by the browser is said, not restarted', async () => {
    await cli.run(...runArgs('fail', 'lost'));
    rmSync(join(cli.profileDir, 'Default'), { recursive: true, force: true });
    const resumed = await cli.run('resume', 'lost');
    expect(resumed).toMatchObject({ code: 2, stderr: expect.stringContaining('no longer has them') });
    expect((await cli.run('rm', 'lost')).code).toBe(0);
  });
});

test('doctor finds a page that is isolated and may keep its storage', async () => {
  const { code, stdout } = await cli.run('doctor', '--json');
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as { checks: { name: string; found: string }[] };
  expect(report.checks).toContainEqual(
    expect.objectContaining({ name: 'fake', found: 'persisted true, isolated true' }),
  );
});
