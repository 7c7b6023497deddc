// @ts-check
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the workers of `../formats.mjs` for Node, each into one file. @param {string} folder */
export async function buildFormatWorkers(folder) {
  for (const name of ['read-worker', 'write-worker']) {
    await build({
      configFile: false,
      logLevel: 'warn',
      publicDir: false,
      build: {
        ssr: fileURLToPath(new URL(`${name}.ts`, import.meta.url)),
        outDir: `${folder}/build`,
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
      },
      ssr: { noExternal: true },
    });
  }
}
