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

const USAGE = `A job in a tab that is behind another one, and still is when Chrome throttles intensively (a timer task a minute, after five minutes;
it is told to begin sooner here), beside the same job in front: by turns, in one run. The ticks say what came of it.

  node --experimental-websocket test/bench/hidden-tab.mjs [--rounds 5] [--seconds 10] [--rows 3000000] [--device auto]

The browser is started without Playwright, whose flags and focus emulation keep every tab awake. MILLRACE_BROWSER names it.`;

/** The change itself is not measured. */
const SETTLE_MS = 3000;
const STATES = /** @type {const} */ (['visible', 'hidden', 'late']);
/** @typedef {typeof STATES[number]} State */

/** A page whose title changes is let off for some seconds, and the job's says each percent: those of a long job are far apart. */
const KEEP_TITLE = `Object.defineProperty(document, 'title', { get: () => '', set: () => undefined });`;

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
const measureMs = Number(values.seconds) * 1000;
/** So long a tab is hidden before it is throttled intensively: it is measured first as it is until then. */
const graceSeconds = Math.ceil((SETTLE_MS + measureMs) / 1000) + 2;
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
    `--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/${graceSeconds}`,
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
  /** @returns {Record<State, number[]>} */
  const perState = () => ({ visible: [], hidden: [], late: [] });
  const seen = perState();
  const ticks = perState();
  await rate(cdp, other.sessionId, job.sessionId);
  for (let round = 0; round < Number(values.rounds); round++) {
    let hiddenAt = 0;
    for (const state of STATES) {
      const { targetId } = state === 'visible' ? job : other;
      await cdp.send('Target.activateTarget', { targetId });
      if (state === 'hidden') hiddenAt = performance.now();
      const is = await evaluate(cdp, job.sessionId, 'document.visibilityState');
      const wanted = state === 'visible' ? 'visible' : 'hidden';
      if (is !== wanted) throw new Error(`the job's tab is ${is}, and should be ${wanted}`);
      const begun = state === 'late' ? hiddenAt + graceSeconds * 1000 - performance.now() : 0;
      await delay(Math.max(0, begun) + SETTLE_MS);
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
  /** @param {State} state */
  const ratio = (state) => (median(seen[state]) / median(seen.visible)).toFixed(3);
  process.stdout.write(
    [
      '| tab | rows/s, median | of the rounds | ticks/s of a 50 ms timer of the page |',
      '|---|---:|---|---:|',
      ...STATES.map(
        (state) =>
          `| ${state} | ${Math.round(median(seen[state]))} | ${seen[state].map(Math.round).join(', ')} | ${median(ticks[state]).toFixed(1)} |`,
      ),
      '',
      `hidden / visible: ${ratio('hidden')}, late / visible: ${ratio('late')}`,
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
    `${KEEP_TITLE}
     globalThis.ticks = 0; setInterval(() => globalThis.ticks++, 50);
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
  await delay(measureMs);
  const after = await look();
  const seconds = (after.at - before.at) / 1000;
  return {
    rowsPerSecond: (after.rows - before.rows) / seconds,
    ticksPerSecond: (after.ticks - before.ticks) / Number(values.seconds),
  };
}
