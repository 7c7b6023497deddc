import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smallBert } from '../../support/fixture-models.ts';
import { launchChrome } from '../../support/launch-chrome.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { runCli } from '../../support/run-cli.ts';
import { servePage, type ServedPage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const BATCH_TOKENS = '1024';

let served: ServedPage;

beforeAll(async () => {
  served = await servePage();
});

afterAll(async () => {
  await served.close();
});

async function openPage(context: BrowserContext): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(served.url);
  return { page, errors };
}

async function chooseInput(page: Page, input: string, device: string): Promise<void> {
  await page.getByLabel('Dataset file', { exact: true }).setInputFiles(input);
  await page.getByRole('table', { name: /^First \d+ rows$/ }).waitFor();
  await page.getByLabel('Text column').selectOption('text');
  await page.getByLabel('Id column').selectOption('id');
  await page.getByRole('group', { name: 'Keep in the output' }).getByLabel('n', { exact: true }).check();
  await page.getByLabel('Device').selectOption(device);
  // Two jobs whose bytes are compared must be batched alike.
  await page.getByText('More options').click();
  await page.getByLabel('Batch tokens').fill(BATCH_TOKENS);
}

/** Text of the file that a click on the link saves. */
async function download(page: Page, name: string): Promise<Buffer> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: `Download ${name}` }).click(),
  ]);
  return readFileSync(await saved.path());
}

/** The same job, run by the command line. */
async function byCommandLine(folder: string, input: string, model: string, device: string): Promise<Buffer> {
  const out = join(folder, 'cli.parquet');
  const { code, stderr } = await runCli([
    ...['run', input, '--model', model, '--text-column', 'text', '--id-column', 'id', '--keep', 'n'],
    ...[
      '--device',
      device,
      '--batch-tokens',
      BATCH_TOKENS,
      '--out',
      out,
      '--state-dir',
      join(folder, 'state'),
    ],
  ]);
  expect(code, stderr).toBe(0);
  return readFileSync(out);
}

test('a job by hand, with the tab closed in the middle: the bytes of the command line', async () => {
  const folder = tempFolder();
  const input = join(folder, 'glosses.jsonl');
  writeFileSync(input, toJsonl(await realRows(60_000)));
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const first = await openPage(context);
    await chooseInput(first.page, input, 'wasm');
    await first.page.getByRole('button', { name: 'Start', exact: true }).click();
    await first.page.getByText(/[1-9][\d,]* of (about )?[\d,]+ rows done/).waitFor();
    await first.page.getByRole('button', { name: 'Pause' }).click();
    await first.page.getByRole('button', { name: 'Resume' }).click();
    await first.page.getByRole('button', { name: 'Pause' }).waitFor();
    // No goodbye: the tab is gone, as when the laptop's lid closes.
    await first.page.close({ runBeforeUnload: false });
    expect(first.errors).toEqual([]);

    const { page, errors } = await openPage(context);
    await page.getByRole('button', { name: /^Go on with / }).click();
    const again = page.getByLabel(/^Dataset file of /);
    const download1 = page.getByRole('link', { name: 'Download glosses.vectors.parquet' });
    // It asks for the file only when it had not been read to its end.
    await again
      .or(page.getByRole('button', { name: 'Pause' }))
      .or(download1)
      .first()
      .waitFor({ state: 'attached' });
    if ((await again.count()) > 0) await again.setInputFiles(input);
    await download1.waitFor({ timeout: 120_000 });
    const parquet = await download(page, 'glosses.vectors.parquet');
    expect(errors).toEqual([]);
    expect(parquet.equals(await byCommandLine(folder, input, 'demo', 'wasm'))).toBe(true);
  } finally {
    await context.close();
  }
});

test('a model directory from disk on WebGPU: the bytes of the command line', async () => {
  const folder = tempFolder();
  const input = join(folder, 'few.jsonl');
  writeFileSync(input, toJsonl(await realRows(16)));
  const model = await smallBert();
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const { page, errors } = await openPage(context);
    await chooseInput(page, input, 'webgpu');
    await page.getByLabel('A model directory').check();
    await page.getByLabel('Model folder', { exact: true }).setInputFiles(model);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('link', { name: 'Download few.vectors.parquet' }).waitFor({ timeout: 150_000 });
    const parquet = await download(page, 'few.vectors.parquet');
    await page.getByLabel('Export as').selectOption('npy');
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const ids = await download(page, 'few.vectors.ids.jsonl');
    expect(ids.toString().trimEnd().split('\n')).toHaveLength(16);
    expect(errors).toEqual([]);
    expect(parquet.equals(await byCommandLine(folder, input, model, 'webgpu'))).toBe(true);
  } finally {
    await context.close();
  }
});
