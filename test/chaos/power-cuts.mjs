// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { writeGlossRows } from '../bench/gloss-rows.mjs';
import { CliRun } from './cli-run.mjs';

const OUTER_BYTES = '6G';
const INNER_BYTES = '1500M';

/**
 * Cuts the power while a job writes: its state lies on an ext4 image, which lies on a file system that can clone a file at
 * once (XFS). The clone is what the disk had at that moment: the journal is replayed, and the job must go on from there
 * with every row that it was told to be committed before.
 *
 * @param {number} count
 * @param {string} folder
 * @param {number} rows
 * @param {() => number} random
 * @param {(line: string) => void} log
 * @returns {Promise<{ readonly failures: string[], readonly told: string }>}
 */
export async function powerCuts(count, folder, rows, random, log) {
  if (count === 0) return { failures: [], told: 'Power cuts: not asked for.' };
  /** @type {string[]} */
  const mounted = [];
  mkdirSync(folder, { recursive: true });
  const outer = join(folder, 'outer');
  const disk = join(folder, 'disk');
  const image = join(outer, 'disk.img');
  const mount = (/** @type {string} */ file, /** @type {string} */ at) => {
    mkdirSync(at, { recursive: true });
    execFileSync('mount', ['-o', 'loop', file, at], { stdio: 'pipe' });
    mounted.push(at);
  };
  const unmount = () => execFileSync('umount', [mounted.pop() ?? ''], { stdio: 'pipe' });
  try {
    try {
      if (process.platform !== 'linux') throw new Error('it takes Linux');
      execFileSync('truncate', ['-s', OUTER_BYTES, `${outer}.img`], { stdio: 'pipe' });
      execFileSync('mkfs.xfs', ['-q', '-m', 'reflink=1', `${outer}.img`], { stdio: 'pipe' });
      mount(`${outer}.img`, outer);
      execFileSync('truncate', ['-s', INNER_BYTES, image], { stdio: 'pipe' });
      execFileSync('mkfs.ext4', ['-q', image], { stdio: 'pipe' });
      mount(image, disk);
    } catch (thrown) {
      const reason = /** @type {Error} */ (thrown).message.split('\n')[0];
      return {
        failures: [],
        told: `Power cuts: skipped, as this machine cannot make a clone of a mounted disk (${reason}); they take root, mkfs.xfs and mkfs.ext4.`,
      };
    }
    return await cutAndResume();
  } finally {
    while (mounted.length > 0) {
      try {
        unmount();
      } catch {
        break;
      }
    }
  }

  async function cutAndResume() {
    const input = join(folder, 'rows.jsonl');
    await writeGlossRows(input, rows);
    const runArgs = ['--model', 'demo', '--id-column', 'id', '--batch-tokens', '1024', '--device', 'wasm'];
    const whole = join(folder, 'whole.parquet');
    const through = new CliRun([
      'run',
      input,
      ...runArgs,
      '--out',
      whole,
      '--state-dir',
      join(folder, 'whole'),
    ]);
    if ((await through.ended) !== 0) throw new Error(`the uninterrupted run failed: ${through.stderr}`);
    /** @type {string[]} */
    const failures = [];
    let lost = 0;
    let cuts = 0;
    const out = join(folder, 'out.parquet');
    for (let job = 0; cuts < count && failures.length === 0; job++) {
      const stateDir = join(disk, `state-${job}`);
      const name = `cut-${job}`;
      const args = ['run', input, ...runArgs, '--name', name, '--out', out, '--state-dir', stateDir];
      const run = new CliRun(args);
      await run.until(() => run.rowsDone > 0 || run.phase === 'export');
      await delay(random() * 1200);
      const told = run.rowsDone;
      if (run.running && run.last('output') === null) {
        execFileSync('cp', ['--reflink=always', image, `${image}.cut`]);
        cuts++;
        await run.killAll();
        rmSync(out, { force: true });
        await swapDisk();
        log(`power cut ${cuts} of ${count}: ${told} rows were committed`);
        const next = new CliRun(['resume', name, '--state-dir', stateDir]);
        await next.until(() => next.phase !== 'start');
        const kept = next.last('resumed')?.rowsDone ?? (next.phase === 'export' ? told : 0);
        lost += Math.max(0, told - kept);
        if (kept < told) failures.push(`power cut ${cuts}: ${told} rows were committed, ${kept} are left`);
        if ((await next.ended) !== 0)
          failures.push(`power cut ${cuts}: the job does not go on: ${next.stderr}`);
      } else if ((await run.ended) !== 0) {
        failures.push(`failed without a power cut: ${run.stderr}`);
      }
      if (failures.length === 0 && (!existsSync(out) || !readFileSync(out).equals(readFileSync(whole))))
        failures.push(`${name}: the output differs`);
      rmSync(stateDir, { recursive: true, force: true });
      rmSync(out, { force: true });
    }
    return { failures, told: `Power cuts: ${cuts}, rows lost: ${lost}.` };
  }

  /** The disk as it was at the cut. */
  async function swapDisk() {
    for (let attempt = 0; ; attempt++) {
      try {
        unmount();
        break;
      } catch (thrown) {
        mounted.push(disk);
        if (attempt === 40) throw thrown;
        await delay(250);
      }
    }
    renameSync(`${image}.cut`, image);
    mount(image, disk);
  }
}
