import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright';
import { expect, test } from 'vitest';
import { launchChrome } from '../../support/launch-chrome.ts';
import { deleteJob, downloaded, openPage, startDemoJob } from '../../support/page-job.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { servePage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const MIB = 2 ** 20;
const PLENTY = 2 ** 36;

/** Sets the quota, though the page is not told: `estimate` says 10 GiB in any case. */
async function setQuota(cdp: CDPSession, page: Page, quotaSize: number): Promise<void> {
  const { origin } = new URL(page.url());
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
}

test('a storage that is full pauses the job, in the reading and in the commits, and it goes on to the same bytes', async () => {
  const folder = tempFolder();
  const input = join(folder, 'glosses.jsonl');
  writeFileSync(input, toJsonl(await realRows(60_000)));
  const served = await servePage();
  const context = await launchChrome(join(folder, 'profile'));
  try {
    const { page, errors } = await openPage(context, served.url);
    const cdp = await context.newCDPSession(page);
    const paused = page.getByText(/^Paused: the browser's storage is full/);

    // Full while most of the input is still to be read.
    await setQuota(cdp, page, 4 * MIB);
    await startDemoJob(page, input);
    await paused.first().waitFor();
    await setQuota(cdp, page, PLENTY);
    const first = await downloaded(page, 'glosses.vectors.parquet');
    await deleteJob(page);
    await page.reload();

    // Full from one moment to the next, when all is read and results are committed.
    await startDemoJob(page, input);
    await page.getByText(/[1-9][\d,]* of 60,000 rows done/).waitFor();
    await setQuota(cdp, page, MIB);
    await paused.first().waitFor();
    await setQuota(cdp, page, PLENTY);
    expect((await downloaded(page, 'glosses.vectors.parquet')).equals(first)).toBe(true);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await served.close();
  }
});
