import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COLOURS, smallImageModel } from '../../support/fixture-models.ts';
import { launchChrome } from '../../support/launch-chrome.ts';
import { downloaded, openPage } from '../../support/page-job.ts';
import { runCli } from '../../support/run-cli.ts';
import { servePage, type ServedPage } from '../../support/serve-page.ts';
import { makeFolder, removeFolder } from '../../support/temp-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/images/', import.meta.url));

let served: ServedPage;
let folder: string;
let shots: string;

/** Pictures of all kinds, one that is cut short, one that is none, and what belongs to no dataset. */
beforeAll(async () => {
  served = await servePage();
  folder = makeFolder();
  shots = join(folder, 'shots');
  mkdirSync(join(shots, 'more'), { recursive: true });
  for (const name of readdirSync(FIXTURES).filter((one) => /\.(?:png|jpg|webp|gif|bmp|avif)$/.test(one)))
    cpSync(join(FIXTURES, name), join(shots, name.startsWith('p') ? `more/${name}` : name));
  writeFileSync(join(shots, 'notes.docx'), 'no data');
  writeFileSync(join(shots, '.hidden.png'), 'x');
});

afterAll(async () => {
  await served.close();
  removeFolder(folder);
});

/** Drops it on the page as the browser takes it from the desktop: a script's own drop has no folder in it. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
  await session.detach();
}

async function startPictures(page: Page, model: string, task: 'embed' | 'classify'): Promise<void> {
  await page.getByRole('table', { name: /^First \d+ rows$/ }).waitFor();
  expect(await page.getByLabel('Text column').count()).toBe(0);
  await page.getByRole('group', { name: 'Keep in the output' }).getByLabel('width', { exact: true }).check();
  await page.getByLabel('A model directory').check();
  await page.getByLabel('Model folder', { exact: true }).setInputFiles(model);
  await page.getByLabel('Result of each row').selectOption(task);
  await page.getByLabel('Device').selectOption('wasm');
  await page.getByLabel('Output format').selectOption('jsonl');
  await page.getByText('More options').click();
  await page.getByLabel('Batch tokens').fill('256');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
}

/** What the command line makes of them. */
async function byCommandLine(name: string, model: string, task: string): Promise<readonly Buffer[]> {
  const run = await runCli([
    ...['run', shots, '--model', model, '--task', task, '--device', 'wasm', '--keep', 'width'],
    ...['--batch-tokens', '256', '--out', join(folder, `${name}.jsonl`)],
    ...['--state-dir', join(folder, `state-${name}`)],
  ]);
  expect(run.code, run.stderr).toBe(0);
  return ['.jsonl', '.quarantine.jsonl'].map((suffix) => readFileSync(join(folder, name + suffix)));
}

test('a folder of pictures is dropped on the page: the vectors of the command line', async () => {
  const model = await smallImageModel(null);
  const context = await launchChrome(join(folder, 'profile-drop'));
  try {
    const { page, errors } = await openPage(context, served.url);
    await drop(page, shots);
    await startPictures(page, model, 'embed');
    const files = [
      await downloaded(page, 'shots.vectors.jsonl'),
      await downloaded(page, 'shots.vectors.quarantine.jsonl'),
    ];
    expect(files).toEqual(await byCommandLine('vectors', model, 'embed'));
    expect(files[0]!.toString()).toContain('"path":"more/plain.png"');
    expect(errors).toEqual([]);
  } finally {
    await context.close();
  }
});

test('a folder of pictures is picked and classified: the labels of the command line', async () => {
  const model = await smallImageModel(COLOURS);
  const context = await launchChrome(join(folder, 'profile-pick'));
  try {
    const { page, errors } = await openPage(context, served.url);
    await page.getByLabel('Dataset folder', { exact: true }).setInputFiles(shots);
    await startPictures(page, model, 'classify');
    const files = [
      await downloaded(page, 'shots.labels.jsonl'),
      await downloaded(page, 'shots.labels.quarantine.jsonl'),
    ];
    expect(files).toEqual(await byCommandLine('labels', model, 'classify'));
    expect(errors).toEqual([]);
  } finally {
    await context.close();
  }
});
