// @ts-check
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeGlossRows } from '../bench/gloss-rows.mjs';
import { CdpClient } from '../chaos/cdp-client.mjs';
import { CliRun } from '../chaos/cli-run.mjs';
import { COUNT_HANDLES } from './count-handles.mjs';
import { growth } from './growth.mjs';
import { takeSample } from './take-sample.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    device: { type: 'string', default: 'wasm' },
    /** Without ids nothing at all grows; with them 16 to 32 bytes a row do. */
    'no-ids': { type: 'boolean', default: false },
    /** Rows of the job: more than can be computed meanwhile. */
    rows: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const rows = Number(values.rows ?? Math.ceil(minutes * 60 * (values.device === 'wasm' ? 25_000 : 2_500)));
const EVERY_MS = 15_000;
/** The share of the time that counts as warm-up: the budget is found, pools and caches fill. */
const WARM_UP = 0.2;

const folder = mkdtempSync(join(tmpdir(), 'millrace-soak-'));
const input = join(folder, 'rows.jsonl');
process.stderr.write(`writing ${rows} rows\n`);
await writeGlossRows(input, rows);
const stateDir = join(folder, 'state');
const ids = values['no-ids'] ? [] : ['--id-column', 'id'];
const args = ['--model', 'demo', '--device', values.device, ...ids];
const run = new CliRun([
  'run',
  input,
  ...args,
  '--out',
  join(folder, 'out.parquet'),
  '--state-dir',
  stateDir,
]);
const cdp = await CdpClient.connect(join(stateDir, 'profile'), () => !run.running, COUNT_HANDLES);
await run.until(() => run.rowsDone > 0);
if (cdp === null || !run.running) throw new Error(`the job did not start: ${run.stderr}`);

/** @type {import('./take-sample.mjs').Sample[]} */
const samples = [];
const startedAt = performance.now();
const elapsed = () => (performance.now() - startedAt) / 60_000;
while (run.running && run.phase === 'compute' && elapsed() < minutes) {
  samples.push(await takeSample(run, cdp, elapsed()));
  const { rssMiB, rows: done } = /** @type {import('./take-sample.mjs').Sample} */ (samples.at(-1));
  process.stderr.write(`${elapsed().toFixed(1)} min: ${done} rows, ${rssMiB} MiB\n`);
  await delay(EVERY_MS);
}
const soaked = elapsed();
cdp.close();
if (run.running) run.child.kill('SIGINT');
const code = await run.ended;
rmSync(folder, { recursive: true, force: true });

const warm = samples.filter(({ minute }) => minute >= minutes * WARM_UP);
const { text, grown } = growth(samples, warm, ids.length > 0);
process.stdout.write(`${text}\n`);
const short = soaked < minutes * 0.95;
if (short) process.stdout.write(`The job ended after ${soaked.toFixed(1)} minutes: give more --rows.\n`);
if (code !== 130 && code !== 0) process.stdout.write(`The job failed: ${run.stderr}\n`);
process.exitCode = grown || short || (code !== 130 && code !== 0) ? 1 : 0;
