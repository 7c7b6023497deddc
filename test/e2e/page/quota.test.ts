import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MIB, PLENTY, setQuota } from '../../support/browser-quota.ts';
import { launchChrome } from '../../support/launch-chrome.ts';
import { deleteJob, downloaded, openPage, rowsDone, startDemoJob } from '../../support/page-job.ts';
import { realRows, toJsonl } from '../../support/real-text.ts';
import { servePage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

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

    // Full while most of the input is still to be read, then with the results of some of it.
    await setQuota(cdp, page, 4 * MIB);
    await startDemoJob(page, input);
    await paused.first().waitFor();
    const before = await rowsDone(page);
    await setQuota(cdp, page, 20 * MIB);
    await expect.poll(() => rowsDone(page), { timeout: 30_000 }).toBeGreaterThan(before);
    await paused.first().waitFor();
    await setQuota(cdp, page, PLENTY);
    const disturbed = await downloaded(page, 'glosses.vectors.parquet');
    await deleteJob(page);
    await page.reload();
    await startDemoJob(page, input);
    expect((await downloaded(page, 'glosses.vectors.parquet')).equals(disturbed)).toBe(true);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await served.close();
  }
});
