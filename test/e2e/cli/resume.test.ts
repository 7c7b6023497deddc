import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { browserPids } from '../../support/browser-processes.ts';
import { DEMO_MODEL, smallBert } from '../../support/fixture-models.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli, startCli } from '../../support/run-cli.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const seed = Number(process.env['MILLRACE_SEED'] ?? 20261122);

type Plan = {
  readonly rows: number;
  readonly model: string;
  readonly device: string;
  readonly format: string;
  readonly kills: readonly ('runner' | 'browser')[];
  /** Longest wait, after the job is seen to advance, before the kill. */
  readonly maxDelayMs: number;
};

function runArgs(plan: Plan, input: string, out: string, stateDir: string): string[] {
  return [
    ...['run', input, '--model', plan.model, '--text-column', 'text', '--id-column', 'id', '--keep', 'n'],
    // Two jobs whose bytes are compared must be batched alike.
    ...[
      '--batch-tokens',
      '1024',
      '--device',
      plan.device,
      '--out',
      out,
      '--state-dir',
      stateDir,
      '--name',
      'job',
      '--json',
    ],
  ];
}

/** A line that says: the job is known by its name; the page is up; rows are committed. */
const IS_KNOWN = /"kind":"job"/;
const PAGE_IS_UP = /"kind":"stage"/;
const ADVANCES = /"kind":"progress".*"rowsDone":[1-9]/;

/** Starts the command, waits for the line if there is one, and kills -9. @returns true when it was killed before its end */
async function killDuring(
  args: readonly string[],
  stateDir: string,
  who: string,
  after: RegExp,
  delayMs: number,
): Promise<boolean> {
  const cli = startCli(args);
  // The job may end before it is killed; then there is no such line.
  await cli.lineMatching(after).catch(() => undefined);
  await delay(delayMs);
  // Once it has ended, its number may be somebody else's.
  if (cli.child.exitCode === null) {
    for (const pid of who === 'runner' ? [cli.child.pid!] : browserPids(stateDir))
      process.kill(pid, 'SIGKILL');
  }
  const { code } = await cli.result;
  return code !== 0;
}

async function checkKillsAndResumes(plan: Plan): Promise<void> {
  const random = seededRandom(seed);
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  writeFileSync(input, toJsonl(await realRows(plan.rows)));

  const whole = join(folder, `whole.${plan.format}`);
  // Beside the one that is killed: most of what either does is waiting for a browser.
  const through = runCli(runArgs(plan, input, whole, join(folder, 'state-whole')));

  const stateDir = join(folder, 'state-killed');
  const out = join(folder, `killed.${plan.format}`);
  let killed = 0;
  for (const [index, who] of plan.kills.entries()) {
    const args =
      index === 0
        ? runArgs(plan, input, out, stateDir)
        : ['resume', 'job', '--state-dir', stateDir, '--json'];
    // The first may hit as soon as there is something to resume, a browser once the page is up (one that dies as it
    // starts is started again, and the job goes on); the others a job that advances.
    const after = index > 0 ? ADVANCES : who === 'runner' ? IS_KNOWN : PAGE_IS_UP;
    const delayMs = random() * (index === 0 ? 1500 : plan.maxDelayMs);
    if (!(await killDuring(args, stateDir, who, after, delayMs))) break;
    killed++;
    expect(existsSync(out), 'no output stands under its final name before the job is done').toBe(false);
  }
  // A fast machine may finish before the last ones.
  expect(killed).toBeGreaterThanOrEqual(plan.kills.length - 1);

  const last = await runCli(['resume', 'job', '--state-dir', stateDir, '--json']);
  expect(last.code, last.stderr).toBe(0);
  const { code, stderr } = await through;
  expect(code, stderr).toBe(0);
  expect(last.stdout).toMatch(/"kind":"resumed"/);
  expect(readFileSync(out).equals(readFileSync(whole)), 'the same bytes as a job that ran through').toBe(
    true,
  );
}

test('kill -9 of runner and browser at random moments, WASM: the same bytes after resume', async () => {
  await checkKillsAndResumes({
    rows: 50_000,
    model: DEMO_MODEL,
    device: 'wasm',
    format: 'parquet',
    kills: ['runner', 'browser', 'runner'],
    maxDelayMs: 300,
  });
});

test('kill -9 of runner and browser at random moments, WebGPU: the same bytes after resume', async () => {
  await checkKillsAndResumes({
    rows: 48,
    model: await smallBert(),
    device: 'webgpu',
    format: 'npy',
    kills: ['browser', 'runner'],
    maxDelayMs: 300,
  });
});

test('Ctrl+C drains and exits 130; resume goes on from there', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  const out = join(folder, 'vectors.jsonl');
  writeFileSync(input, toJsonl(await realRows(30_000)));
  const plan: Plan = {
    rows: 30_000,
    model: DEMO_MODEL,
    device: 'wasm',
    format: 'jsonl',
    kills: [],
    maxDelayMs: 0,
  };
  const cli = startCli(runArgs(plan, input, out, join(folder, 'state')));
  await cli.lineMatching(/"kind":"progress".*"rowsDone":[1-9]/);
  cli.child.kill('SIGINT');
  const stopped = await cli.result;
  expect(stopped.code, stopped.stderr).toBe(130);
  expect(`${stopped.stdout}${stopped.stderr}`).toContain('millrace resume job');
  expect(existsSync(out)).toBe(false);

  const resumed = await runCli(['resume', '--state-dir', join(folder, 'state'), '--json']);
  expect(resumed.code, resumed.stderr).toBe(0);
  const done = /"kind":"resumed","rowsDone":(\d+)/.exec(resumed.stdout.replaceAll(/"at":"[^"]*",/g, ''));
  expect(Number(done?.[1])).toBeGreaterThan(0);
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(30_000);
  expect((JSON.parse(lines[29_999]!) as { row: number }).row).toBe(29_999);
});
