import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const modules = resolve(import.meta.dirname, '../../../.cache/bench-rival/node_modules');

/** The page of the contenders, built into `.cache/bench/page`. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  resolve: { alias: [{ find: /^rival:(.*)$/, replacement: `${modules}/$1` }] },
  build: {
    outDir: resolve(import.meta.dirname, '../../../.cache/bench/page'),
    emptyOutDir: true,
    target: 'chrome137',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
});
