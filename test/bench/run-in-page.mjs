// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { treeMemory } from './process-tree.mjs';

const CLI = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));
const CACHE = new URL('../../.cache/bench/', import.meta.url);
const SAMPLE_MS = 200;
const LONGEST_MS = 3 * 60 * 60_000;

/**
 * Runs a whole job by hand in the page of `millrace serve`, with the demo model on the CPU, up to the finished files, and samples
 * memory of the server and of all the browser's processes.
 *
 * @param {string} input file with the columns `id` and `text`
 * @param {string} profile folder of the browser
 */
export async function runInPage(input, profile) {
  /** @type {typeof import('./browser-under-test.ts')} */
  const { findBrowser } = await import(`${CACHE}browser/browser.mjs`);
  const found = await findBrowser({ given: undefined, cwd: process.cwd(), env: process.env });
  const server = spawn(process.execPath, [CLI, 'serve', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await addressOf(server.stdout);
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: found.path,
      headless: true,
      args: ['--no-sandbox', '--enable-unsafe-webgpu'],
    });
    try {
      const page = await context.newPage();
      await page.goto(url);
      let peakRssBytes = 0;
      let peakPssBytes = 0;
      const sampler = setInterval(() => {
        const { rssBytes, pssBytes } = treeMemory(process.pid);
        peakRssBytes = Math.max(peakRssBytes, rssBytes);
        peakPssBytes = Math.max(peakPssBytes, pssBytes);
      }, SAMPLE_MS);
      const startedAt = performance.now();
      await page.getByLabel('Dataset file', { exact: true }).setInputFiles(input);
      await page.getByRole('table', { name: /^First \d+ rows$/ }).waitFor();
      await page.getByLabel('Text column').selectOption('text');
      await page.getByLabel('Id column').selectOption('id');
      await page.getByLabel('Device').selectOption('wasm');
      await page.getByText('More options').click();
      await page.getByLabel('Longest row, in tokens').fill('32');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page
        .getByRole('link', { name: /^Download / })
        .first()
        .waitFor({ timeout: LONGEST_MS });
      const seconds = (performance.now() - startedAt) / 1000;
      clearInterval(sampler);
      return { seconds, peakRssBytes, peakPssBytes };
    } finally {
      await context.close();
    }
  } finally {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
}

/** @param {import('node:stream').Readable} output */
async function addressOf(output) {
  let text = '';
  output.on('data', (/** @type {Buffer} */ data) => (text += data.toString()));
  for (;;) {
    const url = /http:\/\/\S+(?=\s)/.exec(text)?.[0];
    if (url !== undefined) return url;
    await once(output, 'data');
  }
}
