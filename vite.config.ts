import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { withBrowserFeatures } from './src/runner/browser/browser-features.ts';
import { findBrowser } from './src/runner/browser/find-browser.ts';
import { SlowFirst } from './test/support/slow-first.ts';

// Shared memory, and with it threads in WASM, exists only on a cross-origin isolated page.
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const browserFlags = ['--no-sandbox', '--enable-unsafe-webgpu', '--disable-gpu-process-crash-limit'];

/**
 * Tests of what is stored, which run on both IndexedDB engines of Chromium, on a profile on the disk: a context of the
 * `browser` project is incognito, and has SQLite in memory whatever the flags.
 */
const STORAGE_TESTS = [
  'test/browser/store/**/*.test.ts',
  'test/browser/pipeline/{commit-queue,ingest-resume,list-jobs,mend-results,retry,stored-results,watch-storage}.test.ts',
];
const ENGINE_FLAGS = { leveldb: [], sqlite: ['--enable-features=IdbSqliteBackingStore'] } as const;

/** Time that a test has. Most take a thousandth of it, but on a machine that is busy with others a few take ten times as long. */
const BUSY_MS = 180_000;

const underTest = process.env['VITEST'] !== undefined;

export default defineConfig(async () => {
  // The browser that the command line would use.
  const browser = underTest
    ? await findBrowser({ given: undefined, cwd: process.cwd(), env: process.env })
    : null;
  return {
    build: {
      outDir: 'dist/app',
      target: 'chrome137',
      // A data: URL would need a wider content security policy.
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 2000,
    },
    worker: { format: 'es' },
    optimizeDeps: {
      exclude: ['onnxruntime-web', 'parquet-wasm'],
      // Workers load these; found only when one starts, they would make the page reload.
      include: [
        'comlink',
        'idb',
        'dexie',
        'zod',
        '@uwdata/flechette',
        '@huggingface/tokenizers',
        'fflate',
        'fzstd',
        'hyparquet',
        'hyparquet-compressors',
      ],
    },
    server: { headers: isolation },
    preview: { headers: isolation },
    test: {
      sequence: { sequencer: SlowFirst },
      // A test waits now and then, for a worker or the disk: as many files at once as there are cores keep them busy.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      // A busy machine is slow; what never comes fails all the same.
      expect: { poll: { timeout: 20_000 } },
      // The gate's log names what passed only then.
      retry: process.env['CI'] === undefined ? 0 : 1,
      projects: [
        {
          extends: true,
          test: {
            name: 'node',
            include: ['test/node/**/*.test.ts', 'test/conformance/**/*.test.ts'],
            // Nothing here changes what its modules share, and a process and its modules anew for each file cost a third.
            isolate: false,
            // Nothing here waits; a busy machine is slow all the same.
            testTimeout: BUSY_MS,
            hookTimeout: BUSY_MS,
          },
        },
        {
          extends: true,
          test: {
            name: 'browser',
            include: ['test/browser/**/*.test.ts'],
            exclude: STORAGE_TESTS,
            testTimeout: BUSY_MS,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({
                launchOptions: {
                  ...(browser === null ? {} : { executablePath: browser.path }),
                  args: [...withBrowserFeatures(browserFlags)],
                },
              }),
              instances: [{ browser: 'chromium' }],
            },
          },
        },
        ...(['leveldb', 'sqlite'] as const).map((engine) => ({
          extends: true as const,
          test: {
            name: `browser-${engine}`,
            include: STORAGE_TESTS,
            testTimeout: BUSY_MS,
            globalSetup: 'test/support/test-profile.ts',
            provide: { engine },
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              // One profile, one browser. Not for the project: Vitest would have it wait until all others are done.
              fileParallelism: false,
              provider: playwright({
                launchOptions: {
                  ...(browser === null ? {} : { executablePath: browser.path }),
                  args: [...withBrowserFeatures([...browserFlags, ...ENGINE_FLAGS[engine]])],
                },
                persistentContext: join(tmpdir(), `millrace-test-${process.pid}-${engine}`),
              }),
              instances: [{ browser: 'chromium' as const }],
            },
          },
        })),
        {
          extends: true,
          test: {
            name: 'e2e',
            include: ['test/e2e/**/*.test.ts'],
            testTimeout: BUSY_MS,
            hookTimeout: BUSY_MS,
            // A job waits often: for a browser to start, for the disk, for what the test kills.
            maxWorkers: 3,
            // Its number of workers is its own, and so has to be its turn.
            sequence: { groupOrder: 1 },
          },
        },
      ],
    },
  };
});
