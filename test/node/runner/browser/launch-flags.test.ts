import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { withBrowserFeatures } from '../../../../src/runner/browser/browser-features.ts';
import { launchFlags } from '../../../../src/runner/browser/launch-flags.ts';

const isFeatureList = (flag: string) => /^--(enable|disable)-features=/.test(flag);

test('the flags let no name resolve but the page, and add the ones for a GPU only where there is one', () => {
  const flags = launchFlags(1234, false, { MILLRACE_BROWSER_ARGS: '--one  --two=2 three' });
  expect(flags.filter((flag) => !isFeatureList(flag))).toEqual([
    '--host-resolver-rules=MAP millrace.localhost 127.0.0.1:1234, MAP * ~NOTFOUND',
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--enable-unsafe-webgpu',
    '--one',
    '--two=2',
  ]);
  expect(launchFlags(1, true, {}).join(' ')).toContain('--use-angle=vulkan --disable-vulkan-surface');
});

test('features of a GPU and of the user add up in one list each; one asked for by name is not switched off', () => {
  const args =
    '--enable-features=IdbSqliteBackingStore,MediaRouter --disable-features=Mine --enable-features=More';
  const flags = launchFlags(1, true, { MILLRACE_BROWSER_ARGS: args });
  expect(flags.filter(isFeatureList)).toHaveLength(2);
  const on = featuresOf(flags, '--enable-features=');
  const off = featuresOf(flags, '--disable-features=');
  expect(on).toEqual(expect.arrayContaining(['Vulkan', 'IdbSqliteBackingStore', 'MediaRouter', 'More']));
  expect(off).toEqual(expect.arrayContaining(['Mine', 'WebUIOmniboxPopup', 'AimEnabled']));
  expect(off).not.toContain('MediaRouter');
});

test('what Playwright switches off and on stays so: Chromium would forget it with the first list of our own', () => {
  const core = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'));
  const source = readFileSync(join(core, 'lib/coreBundle.js'), 'utf8');
  const listed = (name: string) => {
    const body = new RegExp(`\\b${name} = (?:\\(\\) => )?\\[([^\\]]*)\\]`).exec(source)?.[1] ?? '';
    const code = body.replaceAll(/\/\/.*/g, '').replace(/process\.env\.\w+ \? "" : /, '');
    return [...code.matchAll(/"(\w+)"/g)].map((match) => match[1]);
  };
  const flags = withBrowserFeatures([]);
  expect(listed('disabledFeatures').length).toBeGreaterThan(10);
  expect(listed('enabledFeatures').length).toBeGreaterThan(0);
  expect(featuresOf(flags, '--disable-features=')).toEqual(
    expect.arrayContaining(listed('disabledFeatures')),
  );
  expect(featuresOf(flags, '--enable-features=')).toEqual(expect.arrayContaining(listed('enabledFeatures')));
});

function featuresOf(flags: readonly string[], prefix: string): readonly string[] {
  return flags
    .filter((flag) => flag.startsWith(prefix))
    .flatMap((flag) => flag.slice(prefix.length).split(','));
}
