// @ts-check
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CdpClient } from '../chaos/cdp-client.mjs';
import { writeGlossRows } from './gloss-rows.mjs';
import { median } from './median.mjs';

const USAGE = `A job in a tab that is behind another one, beside the same job in front: by turns, in one run.

  node --experimental-websocket test/bench/hidden-tab.mjs [--rounds 5] [--seconds 10] [--rows 3000000] [--device auto]

The browser is started without Playwright, whose flags and focus emulation keep every tab awake. MILLRACE_BROWSER names it.`;

/** The change itself is not measured. */
const SETTLE_MS = 3000;

/** Asked for, granted, and held now. */
const WAKE_LOCKS =
  '`${asked} asked for, ${locks.length} granted, ${locks.filter(({ released }) => !released).length} held`';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    rows: { type: 'string', default: '3000000' },
    device: { type: 'string', default: 'auto' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const CLI = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));
const browserPath = process.env['MILLRACE_BROWSER'] ?? '/usr/lib/chromium/chromium';
const folder = mkdtempSync(join(tmpdir(), 'millrace-hidden-'));
const input = join(folder, 'rows.jsonl');
await writeGlossRows(input, Number(values.rows));

const server = spawn(process.execPath, [CLI, 'serve', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((/** @type {(url: string) => void} */ resolve) => {
  let text = '';
  server.stdout.on('data', (data) => {
    text += String(data);
    const found = /http:\/\/[^\s/]+\//.exec(text);
    if (found !== null) resolve(found[0]);
  });
});
const profile = join(folder, 'profile');
const browser = spawn(
  browserPath,
  [
    '--headless=new',
    '--no-sandbox',
    '--no-first-run',
    '--enable-unsafe-webgpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ],
  { stdio: 'ignore' },
);
try {
  const cdp = await CdpClient.connect(profile, () => browser.exitCode !== null);
  if (cdp === null) throw new Error('the browser did not start');
  const job = await openTab(cdp, url);
  // In front of it from time to time; of the same origin, so that it hears of the job's progress.
  const other = await openTab(cdp, `${url}no-such-page`);
  await listen(cdp, other.sessionId);
  await cdp.send('Target.activateTarget', { targetId: job.targetId });
  await cdp.send('Browser.grantPermissions', { permissions: ['wakeLockScreen'] });
  await startJob(cdp, job.sessionId);
  const seen = { visible: /** @type {number[]} */ ([]), hidden: /** @type {number[]} */ ([]) };
  const ticks = { visible: /** @type {number[]} */ ([]), hidden: /** @type {number[]} */ ([]) };
  await rate(cdp, other.sessionId, job.sessionId);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const state of /** @type {const} */ (['visible', 'hidden'])) {
      const { targetId } = state === 'visible' ? job : other;
      await cdp.send('Target.activateTarget', { targetId });
      const is = await evaluate(cdp, job.sessionId, 'document.visibilityState');
      if (is !== state) throw new Error(`the job's tab is ${is}, and should be ${state}`);
      await delay(SETTLE_MS);
      const locks = await evaluate(cdp, job.sessionId, WAKE_LOCKS);
      process.stderr.write(`wake locks of the page: ${locks}\n`);
      const { rowsPerSecond, ticksPerSecond } = await rate(cdp, other.sessionId, job.sessionId);
      seen[state].push(rowsPerSecond);
      ticks[state].push(ticksPerSecond);
      process.stderr.write(
        `${state}: ${Math.round(rowsPerSecond)} rows/s; ${ticksPerSecond.toFixed(1)} ticks/s of a 50 ms timer of the page\n`,
      );
    }
  }
  const ratio = median(seen.hidden) / median(seen.visible);
  process.stdout.write(
    [
      '| tab | rows/s, median | of the rounds | ticks/s of a 50 ms timer of the page |',
      '|---|---:|---|---:|',
      ...['visible', 'hidden'].map((state) => {
        const of = seen[/** @type {'visible' | 'hidden'} */ (state)];
        const ticking = ticks[/** @type {'visible' | 'hidden'} */ (state)];
        return `| ${state} | ${Math.round(median(of))} | ${of.map(Math.round).join(', ')} | ${median(ticking).toFixed(1)} |`;
      }),
      '',
      `hidden / visible: ${ratio.toFixed(3)}`,
      '',
    ].join('\n'),
  );
  cdp.close();
} finally {
  browser.kill('SIGKILL');
  server.kill('SIGTERM');
  await delay(500);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** @param {CdpClient} cdp @param {string} at */
async function openTab(cdp, at) {
  const { targetId } = await cdp.send('Target.createTarget', { url: at });
  const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: true });
  return { targetId: String(targetId), sessionId: String(sessionId) };
}

/** @param {CdpClient} cdp @param {string} sessionId @param {string} expression @returns {Promise<any>} */
async function evaluate(cdp, sessionId, expression) {
  const options = { expression, returnByValue: true, awaitPromise: true };
  const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', options, sessionId);
  if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails.exception ?? result));
  return result.value;
}

/** Waits for something in a page. @param {CdpClient} cdp @param {string} sessionId @param {string} expression */
async function until(cdp, sessionId, expression) {
  for (let waited = 0; waited < 600; waited++) {
    // A page that is being loaded has nowhere to run it.
    if ((await evaluate(cdp, sessionId, expression).catch(() => false)) === true) return;
    await delay(100);
  }
  throw new Error(`never true: ${expression}\n${await evaluate(cdp, sessionId, 'document.body.innerText')}`);
}

/** Sets the job up and starts it, as a person does. @param {CdpClient} cdp @param {string} sessionId */
async function startJob(cdp, sessionId) {
  await until(cdp, sessionId, `document.querySelector('input[type=file]') !== null`);
  const { root } = await cdp.send('DOM.getDocument', {}, sessionId);
  const selector = 'input[type=file]';
  const { nodeId } = await cdp.send('DOM.querySelector', { nodeId: root.nodeId, selector }, sessionId);
  await cdp.send('DOM.setFileInputFiles', { nodeId, files: [input] }, sessionId);
  const start = `[...document.querySelectorAll('button')].find((each) => each.textContent === 'Start')`;
  await until(cdp, sessionId, `${start}?.disabled === false`);
  if (values.device !== 'auto')
    await evaluate(
      cdp,
      sessionId,
      `{ const device = [...document.querySelectorAll('select')].find(({ options }) => [...options].some(({ value }) => value === 'wasm'));
         device.value = ${JSON.stringify(values.device)}; device.dispatchEvent(new Event('change', { bubbles: true })); }`,
    );
  await evaluate(
    cdp,
    sessionId,
    `globalThis.ticks = 0; setInterval(() => globalThis.ticks++, 50);
     globalThis.asked = 0;
     const request = WakeLock.prototype.request;
     globalThis.locks = [];
     WakeLock.prototype.request = async function (...given) {
       globalThis.asked++;
       const lock = await request.apply(this, given);
       globalThis.locks.push(lock);
       return lock;
     };
     ${start}.click()`,
  );
  await until(cdp, sessionId, `/[1-9][\\d,]* of .* rows done/.test(document.body.innerText)`);
}

/** Notes the progress that the job tells other tabs of. @param {CdpClient} cdp @param {string} sessionId */
async function listen(cdp, sessionId) {
  await until(cdp, sessionId, `location.href !== 'about:blank' && document.readyState === 'complete'`);
  await evaluate(
    cdp,
    sessionId,
    `globalThis.rowsDone = 0;
     globalThis.channel = new BroadcastChannel('millrace-jobs');
     channel.onmessage = ({ data }) => {
       for (const { kind, progress } of data.events ?? []) if (kind === 'progress') {
         globalThis.rowsDone = progress.rowsDone + progress.rowsWaiting;
         globalThis.toldAt = performance.now();
       }
     }; 0`,
  );
}

/** Rows a second over a while. @param {CdpClient} cdp @param {string} listener @param {string} page */
async function rate(cdp, listener, page) {
  const look = async () => ({
    ...(await evaluate(cdp, listener, '({ rows: globalThis.rowsDone, at: globalThis.toldAt })')),
    ticks: await evaluate(cdp, page, 'globalThis.ticks'),
  });
  const before = await look();
  await delay(Number(values.seconds) * 1000);
  const after = await look();
  const seconds = (after.at - before.at) / 1000;
  return {
    rowsPerSecond: (after.rows - before.rows) / seconds,
    ticksPerSecond: (after.ticks - before.ticks) / Number(values.seconds),
  };
}
