import type { CDPSession, Page } from 'playwright';

export const MIB = 2 ** 20;
export const PLENTY = 2 ** 36;

/** Sets the quota of the page's origin, though the page is not told: `estimate` says 10 GiB in any case. */
export async function setQuota(cdp: CDPSession, page: Page, quotaSize: number): Promise<void> {
  const { origin } = new URL(page.url());
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
}
