// @ts-check
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { writeGlossRows } from '../bench/gloss-rows.mjs';
import { seededRandom } from '../support/seeded-random.mjs';
import { Campaign } from './campaign.mjs';
import { CliRun } from './cli-run.mjs';
import { planFaults } from './plan-faults.mjs';
import { powerCuts } from './power-cuts.mjs';
import { reportText } from './report.mjs';

const USAGE = `Breaks a real job in a real browser, again and again, and sees whether anything is lost.

  npm run chaos -- --kills 200 --device-losses 50

  --kills N          kill -9 of runner, browser and page, ends of single workers (default 20)
  --device-losses N  destroyed devices, crashed and killed GPU processes, on WebGPU (default 5)
  --others N         no memory, full quota, input cut short or changed, frozen page (default: a fifth of the kills)
  --hangs N          workers that hang until their watchdog ends them, 0 to 3 (default 3)
  --power-cuts N     snapshots of the profile's file system while it is written, reopened (root on Linux; default 0)
  --only WORDS       of those planned, the faults with these words in their name
  --seed S           the same faults again (default: of the day)
  --rows N           of each job (default 40000; a tenth on WebGPU)
  --minutes M        stop injecting after so long
  --quiet            the report alone`;

/** What may be computed twice: a commit interval, and as much again for telling of it and for a busy machine. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    'device-losses': { type: 'string', default: '5' },
    others: { type: 'string' },
    hangs: { type: 'string', default: '3' },
    'power-cuts': { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    rows: { type: 'string', default: '40000' },
    minutes: { type: 'string', default: '600' },
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
const random = seededRandom(Number(values.seed));
const log = (/** @type {string} */ line) => void (values.quiet || process.stderr.write(`${line}\n`));
const startedAt = performance.now();
const deadline = startedAt + Number(values.minutes) * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'));

const plan = planFaults(
  {
    kills,
    deviceLosses: Number(values['device-losses']),
    others: Number(values.others ?? Math.ceil(kills / 5)),
    hangs: Number(values.hangs),
  },
  random,
);
const wanted = (/** @type {import('./plan-faults.mjs').PlannedFault} */ { name }) =>
  name.includes(values.only);

/** @param {string} device @param {number} count @param {import('./plan-faults.mjs').PlannedFault[]} faults */
async function attack(device, count, faults) {
  const own = join(folder, device);
  mkdirSync(own);
  const input = join(own, 'rows.jsonl');
  await writeGlossRows(input, count);
  // Two jobs whose bytes are compared must be batched alike.
  const runArgs = ['--model', 'demo', '--id-column', 'id', '--batch-tokens', '1024', '--device', device];
  const whole = join(own, 'whole.parquet');
  const stateDir = join(own, 'state-whole');
  const through = new CliRun([
    'run',
    input,
    ...runArgs,
    '--out',
    whole,
    '--state-dir',
    stateDir,
    '--name',
    'whole',
  ]);
  if ((await through.ended) !== 0) throw new Error(`the uninterrupted run failed: ${through.stderr}`);
  await checkRows(stateDir, count);
  log(
    `${device}: an uninterrupted job of ${count} rows takes ${((performance.now() - through.startedAt) / 1000).toFixed(1)} s`,
  );
  const campaign = new Campaign({ folder: own, input, runArgs, faults, random, log, deadline });
  await campaign.run(readFileSync(whole));
  return campaign;
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

const campaigns = [];
const onCpu = plan.onCpu.filter(wanted);
const onGpu = plan.onGpu.filter(wanted);
if (onCpu.length > 0) campaigns.push(await attack('wasm', rows, onCpu));
if (onGpu.length > 0 && campaigns.every(({ failures }) => failures.length === 0))
  campaigns.push(await attack('webgpu', Math.ceil(rows / 10), onGpu));
const cuts = await powerCuts(Number(values['power-cuts']), join(folder, 'power'), rows, random, log);
const { text, failed } = reportText({
  seed: values.seed,
  injected: campaigns.flatMap(({ injected }) => injected),
  failures: [...campaigns.flatMap(({ failures }) => failures), ...cuts.failures],
  jobs: campaigns.reduce((sum, { jobs }) => sum + jobs, 0),
  notInjected: campaigns.reduce((sum, { queue }) => sum + queue.length, 0),
  powerCuts: cuts.told,
  seconds: (performance.now() - startedAt) / 1000,
});
process.stdout.write(text);
if (failed) process.stderr.write(`kept for a look: ${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
