// Every gate, in the order in which they fail fastest: format, lint with boundaries, types, dead code, tests.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const REPORTERS = ['--reporter=default', '--reporter=./.ci/failures-reporter.mjs'];

/** @type {readonly (readonly [name: string, command: string, args: readonly string[]])[]} */
const GATES = [
  ['Format', 'oxfmt', ['--check']],
  ['Lint and boundaries', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['Types: workers and pipeline', 'tsc', ['-p', 'src']],
  ['Types: page', 'tsc', ['-p', 'src/app']],
  ['Types: command line', 'tsc', ['-p', 'src/runner']],
  ['Types: tests', 'tsc', ['-p', 'test']],
  ['Dead code and dependencies', 'knip', []],
  ['Tests: units and browser', 'vitest', ['run', '--project', 'node', '--project', 'browser*', ...REPORTERS]],
  // By itself: it starts browsers of its own and kills them, and wants the cores.
  ['Tests: end to end', 'vitest', ['run', '--project', 'e2e', ...REPORTERS]],
];

process.chdir(new URL('..', import.meta.url).pathname);
const bin = new URL('../node_modules/.bin/', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'millrace-gate-'));
const failures = join(scratch, 'failures.txt');
const failed = [];
for (const [name, command, args] of GATES) {
  console.log(`\n== ${name}: ${command} ${args.join(' ')}`);
  const { status } = spawnSync(bin + command, args, {
    stdio: 'inherit',
    env: { ...process.env, MILLRACE_FAILURES: failures },
    shell: process.platform === 'win32',
  });
  if (status !== 0) failed.push(name);
}
if (existsSync(failures)) console.log(`\n== Once more, what failed:\n${readFileSync(failures, 'utf8')}`);
rmSync(scratch, { recursive: true });
console.log(`\ngates: ${GATES.length - failed.length} passed, ${failed.length} failed`);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exit(1);
}
