/** https://wicg.github.io/ua-client-hints/, which TypeScript's library lacks. */
interface ClientHints {
  getHighEntropyValues(hints: readonly string[]): Promise<{
    readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[];
  }>;
}

/** The whole version of the Chromium that this runs in, such as `141.0.7390.54`; null where it does not say. */
export async function browserVersion(
  navigator: Navigator | WorkerNavigator = globalThis.navigator,
): Promise<string | null> {
  const hints = (navigator as { readonly userAgentData?: ClientHints }).userAgentData;
  const values = await hints?.getHighEntropyValues(['fullVersionList']).catch(() => null);
  return values?.fullVersionList?.find(({ brand }) => brand === 'Chromium')?.version ?? null;
}
