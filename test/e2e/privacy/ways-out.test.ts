import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChrome } from '../../support/launch-chrome.ts';
import { openLeakSink, type LeakSink } from '../../support/leak-sink.ts';
import { servePage, type ServedPage } from '../../support/serve-page.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const WAYS = readFileSync(new URL('../../fixtures/privacy/ways-out.mjs', import.meta.url), 'utf8');

let served: ServedPage;
let context: BrowserContext;

beforeAll(async () => {
  served = await servePage();
  // An ordinary browser: only what the page is served with protects it.
  context = await launchChrome(join(temporaryFolder(), 'profile'));
});

afterAll(async () => {
  await context.close();
  await served.close();
});

async function tryWaysOut(page: Page, { url, stunPort, turnPort }: LeakSink): Promise<readonly string[]> {
  const tried = await page.evaluate(
    `(() => { ${WAYS}; return tryWaysOut(${JSON.stringify({ sink: url, stunPort, turnPort })}); })()`,
  );
  return tried as readonly string[];
}

test('a page without our headers gets out in most of these ways: the list is one that can fail', async () => {
  const sink = await openLeakSink();
  const bare = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>bare</title><body></body>');
  });
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  const page = await context.newPage();
  try {
    await page.goto(`http://localhost:${(bare.address() as AddressInfo).port}/`);
    const tried = await tryWaysOut(page, sink);
    const ways = tried.filter((way) => sink.reached.has(way));
    expect(tried.length).toBeGreaterThan(35);
    expect(ways).toEqual(
      expect.arrayContaining(['fetch', 'beacon', 'image', 'websocket', 'popup', 'stun', 'turn-tcp']),
    );
    expect(ways.length).toBeGreaterThan(25);
  } finally {
    bare.closeAllConnections();
    bare.close();
    await page.close();
    await sink.close();
  }
});

test('of the app nothing gets out, in any of them', async () => {
  const sink = await openLeakSink();
  const page = await context.newPage();
  try {
    await page.goto(served.url);
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    await tryWaysOut(page, sink);
    expect([...sink.reached]).toEqual([]);
    // Last, as it would leave the page.
    const left = page.waitForURL(`${sink.url}/**`, { timeout: 3000 }).then(
      () => true,
      () => false,
    );
    await page.evaluate(`location.href = ${JSON.stringify(`${sink.url}/navigation`)}`).catch(() => undefined);
    expect(await left).toBe(false);
    expect([...sink.reached]).toEqual([]);
  } finally {
    await page.close();
    await sink.close();
  }
});

test('text does not become code or markup in the app, and its own workers still start', async () => {
  const page = await context.newPage();
  try {
    await page.goto(served.url);
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    const outcomes = await page.evaluate(`(async () => {
      const outcome = (act) => { try { act(); return 'done'; } catch (error) { return error.name; } };
      return {
        markup: outcome(() => { document.createElement('div').innerHTML = '<img src=x>'; }),
        // Not within this call: what a debugger evaluates may evaluate more.
        eval: await new Promise((resolve) => setTimeout(() => resolve(outcome(() => (0, eval)('1'))))),
        foreignWorker: outcome(() => new Worker('http://127.0.0.1:9/worker.js')),
        dataWorker: outcome(() => new Worker('data:text/javascript,0')),
        blobWorker: outcome(() => new Worker(URL.createObjectURL(new Blob(['0'])))),
        inlineScript: (() => {
          document.body.append(Object.assign(document.createElement('script'), { type: 'text/plain' }));
          globalThis.ran = false;
          return outcome(() => { document.body.lastElementChild.text = 'globalThis.ran = true'; });
        })(),
        ran: globalThis.ran,
      };
    })()`);
    expect(outcomes).toEqual({
      markup: 'TypeError',
      eval: 'EvalError',
      foreignWorker: 'TypeError',
      dataWorker: 'TypeError',
      blobWorker: 'TypeError',
      inlineScript: 'TypeError',
      ran: false,
    });
    // The doctor's answer comes through the job worker and a device worker.
    await page.getByText(/Here: (wasm|webgpu): /).waitFor({ timeout: 30_000 });
  } finally {
    await page.close();
  }
});
