import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchChrome } from '../../support/launch-chrome.ts';
import { MIB, setQuota } from '../../support/browser-quota.ts';
import { downloaded, openPage, startDemoJob } from '../../support/page-job.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { servePage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a second tab watches the job of the first, cannot run it, and goes on with it when that is closed', async () => {
  const folder = tempFolder();
  const input = join(folder, 'glosses.jsonl');
  writeFileSync(input, toJsonl(await realRows(60_000)));
  const served = await servePage();
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const first = await openPage(context, served.url);
    // Without room it waits, so that it is still at work when the second tab looks.
    const cdp = await context.newCDPSession(first.page);
    await setQuota(cdp, first.page, 10 * MIB);
    await startDemoJob(first.page, input);
    await first.page
      .getByText(/^Paused: /)
      .first()
      .waitFor();

    const { page, errors } = await openPage(context, served.url);
    await page.getByText(/^Running in another tab since /).waitFor();
    expect(await page.getByRole('button', { name: /^(Go on with|Delete) / }).count()).toBe(0);
    // Not even through the page's API.
    const refused = await page.evaluate(async () => {
      const { millrace } = globalThis as unknown as {
        millrace: {
          list(): Promise<{ value: { id: string; spec: unknown }[] }>;
          run(request: unknown): Promise<{ error: { code: string; message: string } }>;
        };
      };
      const [{ id, spec }] = (await millrace.list()).value as [{ id: string; spec: unknown }];
      const model = { name: 'none', files: [] };
      const { error } = await millrace.run({
        jobId: id,
        resume: true,
        spec,
        input: null,
        model,
        ingestAhead: 'all',
      });
      return { code: error.code, message: error.message };
    });
    expect(refused).toEqual({
      code: 'STATE_BUSY',
      message: expect.stringContaining('running in another tab'),
    });

    await page.getByRole('button', { name: /^Watch / }).click();
    const rows = page.getByText(/rows done$/);
    const done = async () => Number((await rows.textContent())!.replaceAll(',', '').split(' ')[0]);
    const before = await done();
    await page
      .getByText(/^Paused: /)
      .first()
      .waitFor();
    await setQuota(cdp, first.page, 24 * MIB);
    await expect.poll(done, { timeout: 30_000 }).toBeGreaterThan(before);

    await first.page.close({ runBeforeUnload: false });
    await page.getByText('It does not run there any more.').waitFor();
    await page.getByRole('button', { name: 'Back to the jobs, to go on with it' }).click();
    await page.getByRole('button', { name: /^Go on with / }).click();
    const again = page.getByLabel(/^Dataset file of /);
    await again
      .or(page.getByRole('button', { name: 'Pause' }))
      .first()
      .waitFor({ state: 'attached' });
    if ((await again.count()) > 0) await again.setInputFiles(input);
    await downloaded(page, 'glosses.vectors.parquet');
    expect(await page.getByText(/60,000 of 60,000 rows done/).textContent()).toMatch(/of them before/);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await served.close();
  }
});
