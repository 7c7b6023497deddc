// @ts-check
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { writeGlossRows } from '../bench/gloss-rows.mjs';
import { seededRandom } from '../support/seeded-random.mjs';
import { Campaign } from './campaign.mjs';
import { CliRun } from './cli-run.mjs';
import { Ledger } from './ledger.mjs';
import { planFaults } from './plan-faults.mjs';
import { powerCuts } from './power-cuts.mjs';
import { reportText } from './report.mjs';

const USAGE = `Breaks a real job in a real browser, again and again, and sees whether anything is lost.

  npm run chaos -- --kills 200 --device-losses 50

  --kills N          kill -9 of runner, browser and page, ends of single workers (default 20)
  --device-losses N  destroyed devices, crashed and killed GPU processes, on WebGPU (default 5)
  --others N         no memory, full or cleared storage, input cut short or changed, frozen page (default: a fifth of the kills)
  --hangs N          workers that hang until their watchdog ends them, 0 to 4 (default 4)
  --power-cuts N     snapshots of the profile's file system while it is written, reopened (root on Linux; default 0)
  --only WORDS       of those planned, the faults with these words in their name
  --seed S           the same faults again (default: of the day)
  --rows N           of each job (default 40000; a tenth on WebGPU)
  --lanes N          jobs at once on the CPU, beside the one on WebGPU (default 1)
  --minutes M        stop injecting after so long
  --keep FILE        what was injected is kept there as it happens: the same command again goes on where it was stopped;
                     the report is written to FILE.md
  --quiet            the report alone`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    'device-losses': { type: 'string', default: '5' },
    others: { type: 'string' },
    hangs: { type: 'string', default: '4' },
    'power-cuts': { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    rows: { type: 'string', default: '40000' },
    lanes: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '600' },
    keep: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}

const kills = Number(values.kills);
const rows = Number(values.rows);
const seed = Number(values.seed);
const lanes = Number(values.lanes);
const log = (/** @type {string} */ line) => void (values.quiet || process.stderr.write(`${line}\n`));
const startedAt = performance.now();
const deadline = startedAt + Number(values.minutes) * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'));

const counts = {
  kills,
  deviceLosses: Number(values['device-losses']),
  others: Number(values.others ?? Math.ceil(kills / 5)),
  hangs: Number(values.hangs),
};
const plan = planFaults(counts, seededRandom(seed));
const ledger = new Ledger(values.keep ?? null, JSON.stringify({ seed, rows, ...counts, only: values.only }));
const wanted = (/** @type {readonly import('./plan-faults.mjs').PlannedFault[]} */ faults) =>
  ledger.missing(faults.filter(({ name }) => name.includes(values.only)));

/**
 * An uninterrupted job, and then lanes of jobs that are hit. @returns faults that were not injected
 * @param {string} device @param {number} count @param {readonly import('./plan-faults.mjs').PlannedFault[]} faults @param {number} lanes
 */
async function attack(device, count, faults, lanes) {
  if (faults.length === 0) return 0;
  const own = join(folder, device);
  mkdirSync(own);
  const input = join(own, 'rows.jsonl');
  await writeGlossRows(input, count);
  // Two jobs whose bytes are compared must be batched alike.
  const runArgs = ['--model', 'demo', '--id-column', 'id', '--batch-tokens', '1024', '--device', device];
  const whole = join(own, 'whole.parquet');
  const stateDir = join(own, 'state-whole');
  const name = ['--out', whole, '--state-dir', stateDir, '--name', 'whole'];
  const through = new CliRun(['run', input, ...runArgs, ...name]);
  if ((await through.ended) !== 0) throw new Error(`the uninterrupted run failed: ${through.stderr}`);
  const seconds = (performance.now() - through.startedAt) / 1000;
  await checkRows(stateDir, count);
  log(`${device}: an uninterrupted job of ${count} rows takes ${seconds.toFixed(1)} s`);
  const campaigns = Array.from({ length: lanes }, (_, lane) => {
    const folder = join(own, `lane-${lane}`);
    mkdirSync(folder);
    // Its own: it is cut short and changed.
    const input = join(folder, 'rows.jsonl');
    copyFileSync(join(own, 'rows.jsonl'), input);
    return new Campaign({
      folder,
      input,
      runArgs,
      faults: faults.filter((_, index) => index % lanes === lane),
      random: seededRandom(seed + lane + 1),
      log: (line) => log(`${device} ${lane}: ${line}`),
      deadline,
      ledger,
      rowsPerSecond: through.fastestSecond,
    });
  });
  await Promise.all(campaigns.map((campaign) => campaign.run(readFileSync(whole))));
  return campaigns.reduce((sum, { queue }) => sum + queue.length, 0);
}

/** Each row once and in order, in the same results as text. @param {string} stateDir @param {number} count */
async function checkRows(stateDir, count) {
  const path = join(stateDir, 'whole.jsonl');
  const exported = new CliRun(['export', 'whole', '--out', path, '--state-dir', stateDir]);
  if ((await exported.ended) !== 0) throw new Error(`the export failed: ${exported.stderr}`);
  let row = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (!line.startsWith(`{"row":${row},`))
      throw new Error(`line ${row + 1} is not of row ${row}: ${line.slice(0, 80)}`);
    row++;
  }
  if (row !== count) throw new Error(`the uninterrupted run has ${row} rows of ${count}`);
  rmSync(path);
}

// At once: the machine idles while a browser starts.
const left = await Promise.all([
  attack('wasm', rows, wanted(plan.onCpu), lanes),
  attack('webgpu', Math.ceil(rows / 10), wanted(plan.onGpu), 1),
]);
const random = seededRandom(seed);
const cuts = await powerCuts(Number(values['power-cuts']), join(folder, 'power'), rows, random, log);
for (const failure of cuts.failures) ledger.fail(failure);
ledger.took((performance.now() - startedAt) / 1000);
const { text, failed } = reportText({
  seed: values.seed,
  ledger,
  notInjected: left.reduce((sum, count) => sum + count, 0),
  powerCuts: cuts.told,
});
process.stdout.write(text);
if (values.keep !== undefined) writeFileSync(`${values.keep}.md`, text);
if (failed) process.stderr.write(`kept for a look: ${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
