import { chromium, type BrowserContext } from 'playwright';
import { withBrowserFeatures } from '../../src/runner/browser/browser-features.ts';
import { findBrowser } from '../../src/runner/browser/find-browser.ts';

/** A real browser on a profile of its own, as a person has it: what it stores outlives its closing. */
export async function launchChrome(profile: string, flags: readonly string[] = []): Promise<BrowserContext> {
  const found = await findBrowser({ given: undefined, cwd: process.cwd(), env: process.env });
  return chromium.launchPersistentContext(profile, {
    executablePath: found.path,
    headless: true,
    args: [...withBrowserFeatures(['--no-sandbox', '--enable-unsafe-webgpu', ...flags])],
    acceptDownloads: true,
  });
}
