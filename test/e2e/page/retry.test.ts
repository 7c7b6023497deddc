import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChrome } from '../../support/launch-chrome.ts';
import { downloaded, openPage, startDemoJob } from '../../support/page-job.ts';
import { servePage, type ServedPage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ROWS = 3000;
const WORDS = 'the of cat river music stone green runs under bright old window paper north'.split(' ');

let served: ServedPage;

beforeAll(async () => {
  served = await servePage();
});

afterAll(async () => {
  await served.close();
});

/** Every thousandth row and the one behind it are broken, each in its own way. */
function lineOf(row: number, broken: boolean): string {
  const text = `${WORDS[row % 14]} ${WORDS[(row * 5 + 1) % 14]} ${row}`;
  if (broken && row % 1000 === 1) return `{"id": ${row}, "text": "${text}`;
  if (broken && row % 1000 === 2) return JSON.stringify({ id: row, text: '  ' });
  return JSON.stringify({ id: row, text });
}

function write(path: string, lines: (row: number) => string): string {
  writeFileSync(path, Array.from({ length: ROWS }, (_, row) => `${lines(row)}\n`).join(''));
  return path;
}

async function retryWith(page: Page, file: string): Promise<void> {
  await page.getByRole('button', { name: 'Retry these rows' }).click();
  // The browser gave the page a file, and no way back to it.
  await page.getByText('To run its rows in quarantine again, choose the file, mended, again').waitFor();
  await page.getByLabel('Dataset file of rows.jsonl').setInputFiles(file);
}

test('rows in quarantine are mended and retried by hand, to the bytes of a clean run', async () => {
  const folder = tempFolder();
  const input = write(join(folder, 'rows.jsonl'), (row) => lineOf(row, true));
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const { page, errors } = await openPage(context, served.url);
    await startDemoJob(page, input);
    await page.getByRole('heading', { name: '6 rows in quarantine' }).waitFor({ timeout: 120_000 });
    const bad = (await downloaded(page, 'rows.vectors.quarantine.jsonl')).toString().trimEnd().split('\n');
    expect(bad.map((line) => (JSON.parse(line) as { readonly row: number }).row)).toEqual([
      1, 2, 1001, 1002, 2001, 2002,
    ]);
    const before = await downloaded(page, 'rows.vectors.parquet');

    // Another row has changed: refused, and the job is what it was.
    write(input, (row) => lineOf(row === 1500 ? 0 : row, false));
    await retryWith(page, input);
    await page.getByText(/rows\.jsonl has changed in more than the rows in quarantine: row 1500/).waitFor();
    await page.getByRole('button', { name: 'New job' }).click();
    await page.getByRole('button', { name: 'Open rows.jsonl' }).click();
    expect((await downloaded(page, 'rows.vectors.parquet')).equals(before)).toBe(true);

    write(input, (row) => lineOf(row, false));
    await retryWith(page, input);
    await page.getByText('6 rows run again, 6 of them mended').waitFor({ timeout: 120_000 });
    const mended = await downloaded(page, 'rows.vectors.parquet');
    expect(mended.equals(before)).toBe(false);
    expect(await page.getByRole('link', { name: /quarantine/ }).count()).toBe(0);

    await page.getByRole('button', { name: 'New job' }).click();
    await startDemoJob(page, input);
    const clean = await downloaded(page, 'rows.vectors.parquet');
    expect(mended.equals(clean), 'the same bytes as a clean run').toBe(true);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
  }
});
