// @ts-check
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveFolders } from './serve-folders.mjs';

const CACHE = new URL('../../.cache/bench/', import.meta.url);

/**
 * @typedef {{
 *   call(worker: string, method: string, argument: unknown): Promise<any>,
 *   release(worker: string): Promise<void>,
 *   close(): Promise<void>,
 *   readonly browser: string,
 * }} BenchPage
 * `call` starts the worker with its first call; `release` ends it and gives its memory back.
 */

/**
 * Opens the page of the contenders, as `buildBench` left it, in the browser that the command line would use, with the same
 * flags.
 *
 * @param {Readonly<Record<string, string>>} folders served beside the page, by prefix
 * @returns {Promise<BenchPage>}
 */
export async function openBenchPage(folders) {
  /** @type {typeof import('./browser-under-test.ts')} */
  const { findBrowser, launchBrowser, PAGE_HOST } = await import(`${CACHE}browser/browser.mjs`);
  const server = await serveFolders({ ...folders, '/': fileURLToPath(new URL('page/', CACHE)) });
  const profileDir = await mkdtemp(join(tmpdir(), 'millrace-bench-profile-'));
  const browser = await findBrowser({ given: undefined, cwd: process.cwd(), env: process.env });
  const context = await launchBrowser({
    browser,
    profileDir,
    port: server.port,
    env: process.env,
    onWarning: console.warn,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`  page: ${message.text()}`);
  });
  await page.goto(`http://${PAGE_HOST}/`);
  await page.waitForFunction(() => 'bench' in globalThis);
  return {
    browser: `Chromium ${browser.version}`,
    call: (worker, method, argument) =>
      page.evaluate(
        ([name, asked, given]) => /** @type {any} */ (globalThis).bench.call(name, asked, given),
        /** @type {const} */ ([worker, method, argument]),
      ),
    release: (worker) => page.evaluate((name) => /** @type {any} */ (globalThis).bench.release(name), worker),
    close: async () => {
      await context.close();
      server.close();
      await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
