// @ts-check
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Builds the page of the contenders (`.cache/bench/page`), and what opens it (`.cache/bench/browser`). Needs the development
 * dependencies; what it builds needs Playwright alone.
 */
export async function buildBench() {
  await build({ configFile: here('page/vite.config.ts'), logLevel: 'warn' });
  await build({
    configFile: false,
    root: here('../..'),
    publicDir: false,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: here('../../.cache/bench/browser'),
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: { browser: here('browser-under-test.ts') },
        external: ['playwright'],
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
      },
    },
    ssr: { noExternal: true, external: ['playwright'], target: 'node' },
  });
}
