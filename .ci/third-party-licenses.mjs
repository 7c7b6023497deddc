// The libraries are bundled into dist/, so their licences go with them: dist/third-party-licenses.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Everything that a bundle of ours contains code of. */
const BUNDLED = [
  '@huggingface/tokenizers',
  '@uwdata/flechette',
  'comlink',
  'dexie',
  'fflate',
  'fzstd',
  'hyparquet',
  'hyparquet-compressors',
  'hysnappy',
  'idb',
  'onnxruntime-common',
  'onnxruntime-web',
  'parquet-wasm',
  'zod',
];

const root = new URL('..', import.meta.url);
const parts = ['# Licences of the libraries in this build\n'];
for (const name of BUNDLED) {
  const folder = new URL(`node_modules/${name}/`, root);
  const {
    version,
    license,
    homepage = '',
  } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(new URL(file, folder), 'utf8').trim());
  parts.push(`## ${name} ${version} (${license})\n`, `${homepage}\n`);
  for (const text of texts) parts.push(`\`\`\`\n${text}\n\`\`\`\n`);
}
writeFileSync(new URL('dist/third-party-licenses.md', root), parts.join('\n'));
