// The product's own way to a browser, bundled for the bench: Node 20 cannot read the modules as they are.
export { findBrowser } from '../../src/runner/browser/find-browser.ts';
export { launchBrowser } from '../../src/runner/browser/launch-browser.ts';
export { PAGE_HOST } from '../../src/runner/browser/launch-flags.ts';
