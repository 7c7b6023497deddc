import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallBert } from '../../support/fixture-models.ts';
import { launchChrome } from '../../support/launch-chrome.ts';
import { runCli } from '../../support/run-cli.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** A state folder that an earlier version left behind when it was stopped, as that wrote it. */
type OldState = {
  readonly input: string;
  readonly version: number;
  readonly manifest: { readonly spec: Record<string, object>; readonly rowsDone: number };
  readonly stores: readonly {
    readonly name: string;
    readonly keyPath: string | string[] | null;
    readonly records: readonly { readonly key?: string; readonly value: unknown }[];
  }[];
};

function readState(layout: number): OldState {
  const path = fileURLToPath(new URL(`../../fixtures/layouts/layout-${layout}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as OldState;
}

/** Puts the database into the profile, under the origin of the command line's page. */
async function storeOld(profile: string, { version, stores }: OldState): Promise<void> {
  const context = await launchChrome(profile);
  try {
    const page = await context.newPage();
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto('http://millrace.localhost/');
    await page.evaluate(
      async ({ version, stores }) => {
        const decode = (value: unknown): unknown => {
          if (Array.isArray(value)) return value.map(decode);
          if (value === null || typeof value !== 'object') return value;
          if (!('$' in value))
            return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(v)]));
          const { $: kind, b } = value as unknown as { $: string; b: string };
          const { buffer } = Uint8Array.from(atob(b), (char) => char.charCodeAt(0));
          return kind === 'ArrayBuffer'
            ? buffer
            : kind === 'Uint32Array'
              ? new Uint32Array(buffer)
              : new Uint8Array(buffer);
        };
        const done = <T>(request: IDBRequest<T>) =>
          new Promise<T>((resolve, reject) => {
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
          });
        const opening = indexedDB.open('millrace-job-job', version);
        opening.onupgradeneeded = () => {
          for (const { name, keyPath } of stores) opening.result.createObjectStore(name, { keyPath });
        };
        const db = await done(opening);
        const tx = db.transaction(
          stores.map(({ name }) => name),
          'readwrite',
          { durability: 'strict' },
        );
        // A put that succeeded is not kept yet: a page that closes before the commit takes it along.
        const committed = new Promise<void>((resolve, reject) => {
          tx.oncomplete = () => resolve();
          tx.onabort = () => reject(tx.error);
        });
        for (const { name, records } of stores)
          for (const { key, value } of records) await done(tx.objectStore(name).put(decode(value), key));
        await committed;
        db.close();
      },
      { version, stores },
    );
  } finally {
    await context.close();
  }
}

test.each([1, 2])(
  'a job that layout %i was stopped in goes on, to the output of a new one',
  async (layout) => {
    const folder = tempFolder();
    const old = readState(layout);
    const input = join(folder, 'rows.jsonl');
    const model = await smallBert();
    writeFileSync(input, old.input);
    const stateDir = join(folder, 'state');
    await storeOld(join(stateDir, 'profile'), old);
    const spec = {
      ...old.manifest.spec,
      input: { ...old.manifest.spec['input'], path: input },
      model: { path: model },
      output: { path: join(folder, 'old.jsonl'), format: 'jsonl' },
    };
    mkdirSync(join(stateDir, 'jobs'));
    writeFileSync(join(stateDir, 'jobs/job.json'), JSON.stringify({ ...old.manifest, spec }));
    const fresh = join(folder, 'fresh.jsonl');
    const anew = runCli([
      ...['run', input, '--model', model, '--text-column', 'text', '--id-column', 'id', '--keep', 'n'],
      ...['--device', 'wasm', '--batch-tokens', '256', '--dedupe', layout === 1 ? 'off' : 'on'],
      ...['--out', fresh, '--state-dir', join(folder, 'fresh')],
    ]);
    const resumed = await runCli(['resume', 'job', '--state-dir', stateDir, '--json']);
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    const again = await runCli([
      'export',
      'job',
      '--out',
      join(folder, 'again.jsonl'),
      '--state-dir',
      stateDir,
    ]);
    expect(again.code, again.stderr).toBe(0);

    const { code, stderr } = await anew;
    expect(code, stderr).toBe(0);
    for (const name of ['old', 'again'])
      expect(readFileSync(join(folder, `${name}.jsonl`)).equals(readFileSync(fresh))).toBe(true);
    // What it had computed was not computed again, where the batches are cut as they were.
    const rowsResumed = Number(/"kind":"resumed","rowsDone":(\d+)/.exec(resumed.stdout)?.[1] ?? 0);
    expect(rowsResumed).toBe(layout === 1 ? 2 : old.manifest.rowsDone);
  },
);
