import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChrome } from '../../support/launch-chrome.ts';
import { downloaded, openPage } from '../../support/page-job.ts';
import { runCli } from '../../support/run-cli.ts';
import { servePage, type ServedPage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

type Manifest = {
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly timings: Readonly<Record<string, number>>;
};

let served: ServedPage;

beforeAll(async () => {
  served = await servePage();
});

afterAll(async () => {
  await served.close();
});

function writeRows(path: string): void {
  const line = (n: number) =>
    n === 33 ? 'no row\n' : `${JSON.stringify({ id: n, text: `small dog ${n}` })}\n`;
  writeFileSync(path, Array.from({ length: 50 }, (_, n) => line(n)).join(''));
}

async function startJob(page: Page, input: string, rowsPerFile: string): Promise<void> {
  await page.getByLabel('Dataset file', { exact: true }).setInputFiles(input);
  await page.getByRole('table', { name: /^First \d+ rows$/ }).waitFor();
  await page.getByLabel('Device').selectOption('wasm');
  await page.getByText('More options').click();
  await page.getByLabel('Batch tokens').fill('1024');
  await page.getByLabel('Rows in a file').fill(rowsPerFile);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
}

/** The picker's dialog is the one thing that a script cannot press: it gives this folder, which is as real as any. */
async function saveAll(page: Page): Promise<Record<string, Buffer>> {
  await page.evaluate(() => {
    const chosen = async () =>
      (await navigator.storage.getDirectory()).getDirectoryHandle('chosen', { create: true });
    Object.defineProperty(globalThis, 'showDirectoryPicker', { value: chosen });
  });
  await page.getByRole('button', { name: 'Save all in a folder…' }).click();
  await page.getByText(/^(\d+) of \1 files saved\.$/).waitFor();
  const saved = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const files: Record<string, string> = {};
    for await (const [folder, handle] of (await root.getDirectoryHandle('chosen')).entries()) {
      for await (const [name, file] of (handle as FileSystemDirectoryHandle).entries()) {
        const bytes = new Uint8Array(await (await (file as FileSystemFileHandle).getFile()).arrayBuffer());
        files[`${folder}/${name}`] = Array.from(bytes, (byte) => String.fromCodePoint(byte)).join('');
      }
    }
    return files;
  });
  return Object.fromEntries(Object.entries(saved).map(([name, text]) => [name, Buffer.from(text, 'latin1')]));
}

/** What is of the job and of its results, not of the moment. */
function lasting(manifest: Manifest & { readonly job?: string; readonly createdAt?: string }): object {
  const { job: _, createdAt: __, timings, ...rest } = manifest;
  return { ...rest, timings: Object.keys(timings) };
}

test('parts, manifest and _SUCCESS, saved in a folder: those of the command line', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  writeRows(input);
  const run = await runCli([
    ...['run', input, '--model', 'demo', '--text-column', 'text', '--id-column', 'id', '--device', 'wasm'],
    ...['--batch-tokens', '1024', '--out', join(folder, 'rows.vectors'), '--out-format', 'parquet'],
    ...['--rows-per-file', '20', '--state-dir', join(folder, 'state')],
  ]);
  expect(run.code, run.stderr).toBe(0);
  const expected = Object.fromEntries(
    readdirSync(join(folder, 'rows.vectors')).map((name) => [
      name,
      readFileSync(join(folder, 'rows.vectors', name)),
    ]),
  );
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const { page, errors } = await openPage(context, served.url);
    await startJob(page, input, '20');
    const success = page.getByRole('link', { name: 'Download rows.vectors/_SUCCESS' });
    await success.waitFor({ timeout: 120_000 });
    // In another format, in a folder of its own: none of its files takes the place of another's.
    await page.getByLabel('Export as').selectOption('jsonl');
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByRole('link', { name: 'Download rows.vectors.jsonl/_SUCCESS' }).waitFor();
    const saved = await saveAll(page);
    expect(errors).toEqual([]);

    const own = Object.keys(expected).map((name) => `rows.vectors/${name}`);
    expect(
      Object.keys(saved)
        .filter((name) => name.startsWith('rows.vectors/'))
        .toSorted(),
    ).toEqual(own.toSorted());
    for (const [name, bytes] of Object.entries(expected)) {
      if (name !== '_manifest.json') expect(saved[`rows.vectors/${name}`]!.equals(bytes), name).toBe(true);
    }
    const manifest = JSON.parse(saved['rows.vectors/_manifest.json']!.toString()) as Manifest;
    const ofRunner = JSON.parse(expected['_manifest.json']!.toString()) as Manifest;
    expect(lasting(manifest)).toEqual(lasting(ofRunner));
    expect(manifest.timings['rowsPerSecond']).toBeGreaterThan(0);

    const other = JSON.parse(saved['rows.vectors.jsonl/_manifest.json']!.toString()) as Manifest;
    expect(other.files.map(({ name }) => name)).toEqual([
      ...['part-00000.jsonl', 'part-00001.jsonl', 'part-00002.jsonl', '_quarantine.jsonl'],
    ]);
    for (const { name, bytes, sha256 } of other.files) {
      const file = saved[`rows.vectors.jsonl/${name}`]!;
      expect([file.byteLength, createHash('sha256').update(file).digest('hex')], name).toEqual([
        bytes,
        sha256,
      ]);
    }
  } finally {
    await context.close();
  }
});

test('a single file has its manifest beside it, also when the page is opened again, and in another format one more', async () => {
  const folder = tempFolder();
  const input = join(folder, 'rows.jsonl');
  writeRows(input);
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const { page, errors } = await openPage(context, served.url);
    await startJob(page, input, '');
    await downloaded(page, 'rows.vectors.parquet');
    await page.reload();
    await page.getByRole('button', { name: 'Open rows.jsonl' }).click();
    const check = async (manifestName: string, names: readonly string[]): Promise<void> => {
      const manifest = JSON.parse((await downloaded(page, manifestName)).toString()) as Manifest;
      expect(manifest.files.map(({ name }) => name)).toEqual(names);
      for (const { name, bytes, sha256 } of manifest.files) {
        const file = await downloaded(page, name);
        expect([file.byteLength, createHash('sha256').update(file).digest('hex')], name).toEqual([
          bytes,
          sha256,
        ]);
      }
    };
    const parquet = ['rows.vectors.parquet', 'rows.vectors.quarantine.jsonl'] as const;
    await check('rows.vectors.manifest.json', parquet);
    await page.getByLabel('Export as').selectOption('npy');
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const npy = ['rows.vectors.npy', 'rows.vectors.ids.jsonl', 'rows.vectors.quarantine.jsonl'];
    await check('rows.vectors.npy.manifest.json', npy);
    // It still holds.
    await check('rows.vectors.manifest.json', parquet);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
  }
});
