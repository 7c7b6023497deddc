/**
 * What Playwright 1.65 switches off and on. Chromium heeds only the last list of each kind on its command line, so who
 * gives one must repeat these; many of them keep the browser from calling home.
 * Source: `chromiumSwitches.ts` of playwright-core, which a test compares.
 */
const PLAYWRIGHT_OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
] as const;
const PLAYWRIGHT_ON = ['CDPScreenshotNewSurface', 'SkipListAccountsWithoutGaiaCookies'] as const;

/**
 * The popups of the address bar are pages of their own since Chromium 150 or so, rendered before anyone asks. Nobody sees
 * them here, and they take most of a start: 1.6 s of CPU time with them, 0.65 s without, on Chromium 156.
 */
const UNSEEN = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'] as const;

const ON = '--enable-features=';
const OFF = '--disable-features=';

/** The flags with one list of features that are on and one of those that are off, Playwright's and Millrace's among them. */
export function withBrowserFeatures(flags: readonly string[]): readonly string[] {
  const named = (prefix: string) =>
    flags
      .filter((flag) => flag.startsWith(prefix))
      .flatMap((flag) => flag.slice(prefix.length).split(','))
      .filter((name) => name !== '');
  const on = new Set<string>([...PLAYWRIGHT_ON, ...named(ON)]);
  // Who asks for a feature by name gets it.
  const asked = new Set(named(ON));
  const off = new Set([...PLAYWRIGHT_OFF, ...UNSEEN, ...named(OFF)].filter((name) => !asked.has(name)));
  return [
    ...flags.filter((flag) => !flag.startsWith(ON) && !flag.startsWith(OFF)),
    ON + [...on].join(','),
    OFF + [...off].join(','),
  ];
}
