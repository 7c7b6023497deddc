import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MIB, PLENTY, setQuota } from '../../support/browser-quota.ts';
import { launchChrome } from '../../support/launch-chrome.ts';
import { deleteJob, downloaded, openPage, startDemoJob } from '../../support/page-job.ts';
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
    const files: Buffer[] = [];
    for (const quota of [4 * MIB, 20 * MIB]) {
      await setQuota(cdp, page, quota);
      await startDemoJob(page, input);
      await paused.first().waitFor();
      await setQuota(cdp, page, PLENTY);
      files.push(await downloaded(page, 'glosses.vectors.parquet'));
      await deleteJob(page);
      await page.reload();
    }
    await startDemoJob(page, input);
    const undisturbed = await downloaded(page, 'glosses.vectors.parquet');
    expect(files.map((file) => file.equals(undisturbed))).toEqual([true, true]);
    expect(errors).toEqual([]);
  } finally {
    await context.close();
    await served.close();
  }
});
