import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchChrome } from '../../support/launch-chrome.ts';
import { NetLog } from '../../support/net-log.ts';
import { runCli } from '../../support/run-cli.ts';
import { servePage } from '../../support/serve-page.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const CANARY = 'canary zwunkelfratz of the dataset';

function writeRows(folder: string): string {
  const rows = Array.from({ length: 40 }, (_, n) => JSON.stringify({ text: `${CANARY} ${n}` }));
  const path = join(folder, 'rows.jsonl');
  writeFileSync(path, `${rows.join('\n')}\n`);
  return path;
}

test('headless: no request, no lookup and no connection but to the page, by the browser’s own log', async () => {
  const folder = tempFolder();
  const log = join(folder, 'net-log.json');
  const { code, stderr } = await runCli(
    [
      ...['run', writeRows(folder), '--model', 'demo', '--device', 'wasm', '--keep', 'text'],
      ...['--out', join(folder, 'out.jsonl'), '--state-dir', join(folder, 'state')],
    ],
    { MILLRACE_BROWSER_ARGS: `--log-net-log=${log} --net-log-capture-mode=Everything` },
  );
  expect(code, stderr).toBe(0);
  const net = new NetLog(log);
  expect(net.sentTo).toEqual(['millrace.localhost']);
  expect(net.askedByPages).toEqual(['millrace.localhost']);
  expect(net.lookups).toEqual([]);
  expect(net.datagrams).toBe(0);
  expect(net.connections).toHaveLength(1);
  expect(net.connections[0]).toMatch(/^127\.0\.0\.1:\d+$/);
  // The rows did go through that one connection, so the search is one that finds.
  expect(net.whereFound(CANARY)).toEqual([...net.connections, 'millrace.localhost']);
});

test('in the page: a job by hand asks for nothing but the page’s own files, and its rows are in no request', async () => {
  const folder = tempFolder();
  const log = join(folder, 'net-log.json');
  const served = await servePage();
  const context = await launchChrome(join(folder, 'profile'), [
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost',
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    `--log-net-log=${log}`,
    '--net-log-capture-mode=Everything',
  ]);
  try {
    const page = await context.newPage();
    await page.goto(served.url);
    await page.getByLabel('Dataset file', { exact: true }).setInputFiles(writeRows(folder));
    await page.getByRole('table', { name: /^First \d+ rows$/ }).waitFor();
    await page.getByLabel('Text column').selectOption('text');
    await page.getByLabel('Device').selectOption('wasm');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('link', { name: /^Download rows\.vectors\.parquet/ }).waitFor({ timeout: 60_000 });
  } finally {
    await context.close();
    await served.close();
  }
  const net = new NetLog(log);
  const host = new URL(served.url).host;
  expect(net.sentTo).toEqual([host]);
  expect(net.askedByPages).toEqual([host]);
  expect(net.lookups).toEqual([]);
  expect(net.datagrams).toBe(0);
  expect(net.connections.filter((address) => !address.endsWith(`:${new URL(served.url).port}`))).toEqual([]);
  expect(net.whereFound(CANARY)).toEqual([]);
});
