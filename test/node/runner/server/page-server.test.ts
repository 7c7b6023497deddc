import { mkdirSync, readFileSync, readdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputNames } from '../../../../src/runner/job/output-names.ts';
import { OutputFiles } from '../../../../src/runner/server/output-files.ts';
import type { PageServer } from '../../../../src/runner/server/page-server.ts';
import { startPageServer } from '../../../../src/runner/server/page-server.ts';
import { servedFile } from '../../../../src/runner/server/served-file.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

type Answer = { readonly status: number; readonly headers: Record<string, unknown>; readonly body: string };

const folder = temporaryFolder();
const appDir = join(folder, 'app');
const input = join(folder, 'input.jsonl');
const outDir = join(folder, 'out');
let server: PageServer;

/** A request with the path exactly as given, which `fetch` would tidy up. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        method,
        headers: { host: 'millrace.localhost', ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('latin1').on('data', (piece: string) => (text += piece));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
const withToken = (headers: Record<string, string> = {}) => ({
  'x-millrace-token': server.token,
  ...headers,
});
const serve = async () =>
  server.setIo({
    input: [await servedFile(input)],
    model: [await servedFile(join(appDir, 'x.wasm'))],
    output: null,
  });

beforeAll(async () => {
  mkdirSync(join(appDir, 'assets'), { recursive: true });
  writeFileSync(join(appDir, 'index.html'), '<!doctype html>');
  writeFileSync(join(appDir, 'assets', 'a b.mjs'), 'export {}');
  writeFileSync(join(appDir, 'x.wasm'), '\0asm');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(input, '0123456789');
  server = await startPageServer({
    appDir,
    port: 0,
    hosts: () => ['millrace.localhost', 'millrace.localhost:80'],
  });
});
afterAll(() => server.close());

describe('the page', () => {
  test('is served with its types and every header that keeps data here', async () => {
    const page = await ask('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'connection-allowlist': '(response-origin)',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(page.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    );
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/assets/a%20b.mjs')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await ask('/x.wasm')).headers['content-type']).toBe('application/wasm');
    expect((await ask('/', {}, 'HEAD')).body).toBe('');
  });

  test.each([
    'evil.example',
    '127.0.0.1',
    'localhost',
    'millrace.localhost:8080',
    'millrace.localhost.evil.example',
    'MILLRACE.localhost',
    '',
  ])('is refused to host "%s"', async (host) => {
    expect((await ask('/', { host })).status).toBe(403);
    expect((await ask('/io/input/0', withToken({ host }))).status).toBe(403);
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..\\..\\secret.txt',
    '//evil.example/',
    '/secret.txt',
    '/assets',
    '/index.html/',
    '/%00',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await ask(path);
    expect([400, 404]).toContain(status);
    expect(body).not.toBe('secret');
  });

  test('is only read', async () => {
    expect((await ask('/', {}, 'POST', 'x')).status).toBe(405);
  });

  test('that is not built is said', async () => {
    const empty = join(folder, 'nothing');
    await expect(startPageServer({ appDir: empty, port: 0, hosts: () => ['x'] })).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      hint: expect.stringContaining('npm run build'),
    });
  });

  test('on a port that is taken is said', async () => {
    await expect(startPageServer({ appDir, port: server.port, hosts: () => ['x'] })).rejects.toThrow(
      `Port ${server.port} is in use.`,
    );
  });
});

describe('/io/', () => {
  test('needs the token of this run, and the page as its origin', async () => {
    await serve();
    expect((await ask('/io/input/0')).status).toBe(403);
    expect((await ask('/io/input/0', { 'x-millrace-token': 'f'.repeat(64) })).status).toBe(403);
    expect((await ask(`/io/input/0?x-millrace-token=${server.token}`)).status).toBe(403);
    expect((await ask('/io/input/0', withToken({ origin: 'http://evil.example' }))).status).toBe(403);
    expect((await ask('/io/input/0', withToken({ 'sec-fetch-site': 'cross-site' }))).status).toBe(403);
    expect(
      (
        await ask(
          '/io/input/0',
          withToken({ origin: 'http://millrace.localhost', 'sec-fetch-site': 'same-origin' }),
        )
      ).body,
    ).toBe('0123456789');
  });

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, 'input.jsonl has 10 bytes; asked for bytes=10-.\n', 'bytes */10'],
    ['bytes=5-4', 416, 'input.jsonl has 10 bytes; asked for bytes=5-4.\n', 'bytes */10'],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('answers %s', async (range, status, body, contentRange) => {
    await serve();
    const answer = await ask('/io/input/0', withToken({ range }));
    expect(answer.status).toBe(status);
    expect(answer.body).toBe(body);
    expect(answer.headers['content-range']).toBe(contentRange);
  });

  test('has the model by number and nothing else', async () => {
    await serve();
    expect((await ask('/io/model/0', withToken())).body).toBe('\0asm');
    for (const path of ['/io/model/1', '/io/model/-1', '/io/model/', '/io/model/0/x', '/io/other', '/io/']) {
      expect({ path, status: (await ask(path, withToken())).status }).toEqual({ path, status: 404 });
    }
    expect((await ask('/io/input/0', withToken(), 'POST')).status).toBe(405);
  });

  test('says when the input is no longer what it was', async () => {
    const path = join(folder, 'changing.jsonl');
    writeFileSync(path, 'abcdef');
    server.setIo({ input: [await servedFile(path)], model: [], output: null });
    truncateSync(path, 3);
    expect(await ask('/io/input/0', withToken({ range: 'bytes=0-1' }))).toMatchObject({
      status: 409,
      body: 'changing.jsonl changed while the job was reading it: it shrank from 6 to 3 bytes.\n',
    });
    writeFileSync(path, 'ABCDEF');
    utimesSync(path, new Date(0), new Date(0));
    expect((await ask('/io/input/0', withToken())).body).toContain('it was written to');
  });

  test('takes an export: pieces in order, completed, nothing under the final name before it is published', async () => {
    const output = new OutputFiles(outputNames(join(outDir, 'vectors.parquet'), 'parquet', false));
    server.setIo({ input: [], model: [], output });
    const post = (query: string, body = '') => ask(`/io/output?${query}`, withToken(), 'POST', body);
    expect((await post('file=.parquet&offset=0', 'abc')).status).toBe(204);
    expect((await post('file=.parquet&offset=3', 'def')).status).toBe(204);
    expect(await post('file=.parquet&offset=3', 'again')).toMatchObject({
      status: 409,
      body: '.parquet has 6 bytes, not 3.\n',
    });
    expect((await post('file=.quarantine.jsonl&offset=0&finish=1', '{}')).status).toBe(204);
    expect(readdirSync(outDir).toSorted()).toEqual(['vectors.parquet.part', 'vectors.quarantine.jsonl.part']);
    await expect(output.publish(['.parquet'], () => '{}')).rejects.toThrow('did not arrive complete');
    expect((await post('file=.parquet&offset=6&finish=1')).status).toBe(204);
    expect((await post('file=.parquet&offset=6', 'more')).status).toBe(409);
    expect(await output.publish(['.parquet', '.quarantine.jsonl'], () => '{}')).toEqual([
      join(outDir, 'vectors.parquet'),
      join(outDir, 'vectors.quarantine.jsonl'),
      join(outDir, 'vectors.manifest.json'),
    ]);
    expect(readFileSync(join(outDir, 'vectors.parquet'), 'utf8')).toBe('abcdef');
    expect(readdirSync(outDir).toSorted()).toEqual([
      'vectors.manifest.json',
      'vectors.parquet',
      'vectors.quarantine.jsonl',
    ]);
  });

  test.each([
    '',
    '..',
    '/x',
    '.a/../b',
    '.parquet/',
    `.${'a'.repeat(40)}`,
    '.A',
    '.\0',
    '.%2e%2e',
    '../x.parquet',
  ])('refuses the suffix %j', async (suffix) => {
    server.setIo({
      input: [],
      model: [],
      output: new OutputFiles(outputNames(join(outDir, 'v.parquet'), 'parquet', false)),
    });
    expect(
      (await ask(`/io/output?file=${encodeURIComponent(suffix)}&offset=0`, withToken(), 'POST', 'x')).status,
    ).toBe(400);
  });

  test('removes what is discarded, and has no output when none is under way', async () => {
    const output = new OutputFiles(outputNames(join(outDir, 'gone.parquet'), 'parquet', false));
    server.setIo({ input: [], model: [], output });
    await ask('/io/output?file=.parquet&offset=0', withToken(), 'POST', 'x');
    expect((await ask('/io/output?file=.parquet', withToken(), 'DELETE')).status).toBe(204);
    expect(readdirSync(outDir).filter((name) => name.startsWith('gone'))).toEqual([]);
    server.setIo({ input: [], model: [], output: null });
    expect((await ask('/io/output?file=.parquet&offset=0', withToken(), 'POST', 'x')).status).toBe(404);
  });
});

test('millrace serve answers on both loopback names, with one origin', async () => {
  const own = await startPageServer({
    appDir,
    port: 0,
    hosts: (port) => [`localhost:${port}`, `127.0.0.1:${port}`],
  });
  try {
    const page = await fetch(`http://127.0.0.1:${own.port}/`, { redirect: 'manual' });
    expect([page.status, page.headers.get('location')]).toEqual([307, `http://localhost:${own.port}/`]);
    expect(own.origin).toBe(`http://localhost:${own.port}`);
  } finally {
    await own.close();
  }
});
