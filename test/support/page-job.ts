import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright';

export type OpenedPage = { readonly page: Page; readonly errors: readonly string[] };

/** Opens the page; what it complains of is in `errors`. */
export async function openPage(context: BrowserContext, url: string): Promise<OpenedPage> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/** Sets a job with the demo model up, as a person does, and starts it. */
export async function startDemoJob(page: Page, input: string): Promise<void> {
  await page.getByLabel('Dataset file', { exact: true }).setInputFiles(input);
  await page.getByRole('table', { name: /^First \d+ rows$/ }).waitFor();
  await page.getByLabel('Text column').selectOption('text');
  await page.getByLabel('Id column').selectOption('id');
  await page.getByLabel('Device').selectOption('wasm');
  await page.getByText('More options').click();
  await page.getByLabel('Batch tokens').fill('1024');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
}

/** The rows that the page says are done. */
export async function rowsDone(page: Page): Promise<number> {
  const text = (await page.getByText(/rows done$/).textContent()) ?? '';
  return Number(text.replaceAll(',', '').split(' ')[0]);
}

/** Bytes of the file that a click on the link saves, once it is there. */
export async function downloaded(page: Page, name: string): Promise<Buffer> {
  const link = page.getByRole('link', { name: `Download ${name}`, exact: true });
  await link.waitFor({ timeout: 120_000 });
  const [saved] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return readFileSync(await saved.path());
}

/** Deletes the job that the page shows. */
export async function deleteJob(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Turn text and pictures into vectors and labels' }).waitFor();
}
