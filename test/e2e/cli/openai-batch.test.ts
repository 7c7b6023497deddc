import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { DEMO_MODEL } from '../../support/fixture-models.ts';
import { runCli } from '../../support/run-cli.ts';
import { makeFolder, removeFolder } from '../../support/temp-folder.ts';

const folder = makeFolder();
afterAll(() => removeFolder(folder));
const fixture = fileURLToPath(new URL('../../fixtures/openai/embeddings.jsonl', import.meta.url));

type Answer = {
  readonly custom_id: string;
  readonly response: { readonly body: { readonly data: readonly { readonly embedding: unknown }[] } };
};

const customIds = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as Answer).custom_id);

test('a batch file is recognised and answered in kind, beside it what is refused', async () => {
  const out = join(folder, 'answers.jsonl');
  const { code, stdout, stderr } = await runCli([
    ...['run', fixture, '--model', DEMO_MODEL, '--device', 'wasm', '--out', out],
    ...['--state-dir', join(folder, 'state')],
  ]);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toContain('embeddings.jsonl is read as OpenAI Batch requests');
  expect(stdout + stderr).toMatch(/2 of 6 requests failed/);
  expect(customIds(out)).toEqual(['request-1', 'request-2', 'request-3', 'request-4']);
  expect(customIds(join(folder, 'answers.errors.jsonl'))).toEqual(['request-5', 'request-6']);
  const [first] = readFileSync(out, 'utf8').split('\n');
  expect((JSON.parse(first!) as Answer).response.body.data[0]!.embedding).toHaveLength(100);
  const manifest = JSON.parse(readFileSync(join(folder, 'answers.manifest.json'), 'utf8')) as object;
  expect(manifest).toMatchObject({
    format: 'openai',
    files: [
      { name: 'answers.jsonl', rows: 4 },
      { name: 'answers.errors.jsonl', rows: 2 },
    ],
  });
});
