import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModelDir } from '../../../../src/runner/model/model-dir.ts';
import { outputNames } from '../../../../src/runner/job/output-names.ts';
import { OutputFiles } from '../../../../src/runner/server/output-files.ts';
import { startPageServer, type PageServer } from '../../../../src/runner/server/page-server.ts';
import { servedFile } from '../../../../src/runner/server/served-file.ts';
import { SERVER_LIMITS } from '../../../../src/runner/server/server-limits.ts';
import { SECURITY_HEADERS } from '../../../../src/runner/server/security-headers.ts';
import { rawRequest, statusOf } from '../../../support/raw-request.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const SECRET = 'secret-of-another-folder';
const folder = temporaryFolder();
const appDir = join(folder, 'app');
const input = join(folder, 'input.jsonl');
let server: PageServer;

beforeAll(async () => {
  mkdirSync(join(appDir, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), SECRET);
  writeFileSync(join(appDir, 'index.html'), '<!doctype html>');
  writeFileSync(join(appDir, 'assets', 'app.js'), 'export {}');
  symlinkSync(join(folder, 'secret.txt'), join(appDir, 'assets', 'link.js'));
  symlinkSync('app.js', join(appDir, 'assets', 'alias.js'));
  symlinkSync(folder, join(appDir, 'out'));
  writeFileSync(input, '0123456789');
  server = await startPageServer({
    appDir,
    port: 0,
    hosts: () => ['millrace.localhost', 'millrace.localhost:80'],
    limits: { ...SERVER_LIMITS, headersMs: 300, requestMs: 600, connections: 8, bodyBytes: 1000 },
  });
  server.setIo({ input: [await servedFile(input)], model: [], output: null });
});
afterAll(() => server.close());

/** One request with headers beside the usual ones; `Connection: close`, so that the answer has an end. */
function ask(line: string, headers: readonly string[] = [], body = ''): Promise<string> {
  const lines = [line, 'Host: millrace.localhost', 'Connection: close', ...headers];
  return rawRequest(server.port, `${lines.join('\r\n')}\r\n\r\n${body}`);
}
const token = () => `X-Millrace-Token: ${server.token}`;

test('it listens on the loopback address alone', async () => {
  const others = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && address.family === 'IPv4' && !address.internal)
    .map((address) => address!.address);
  // 127.0.0.2 is the loopback interface as well, where there is no other.
  for (const host of [...others, ...(process.platform === 'linux' ? ['127.0.0.2'] : [])]) {
    const socket = connect(server.port, host);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect({ host, code: error.code }).toEqual({ host, code: 'ECONNREFUSED' });
  }
});

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/%2E%2E%2Fsecret.txt',
  '/..%5csecret.txt',
  '/assets/..\\..\\secret.txt',
  '/\\secret.txt',
  '\\..\\secret.txt',
  '//secret.txt',
  '///etc/passwd',
  '/./secret.txt',
  '/assets/./app.js',
  '/assets//app.js',
  '/out/secret.txt',
  '/assets/link.js',
  '/\0',
  '/assets/app.js\0.txt',
  '/%00',
  '/#',
  '*',
  'secret.txt',
  'http://evil.example/',
  'http://millrace.localhost/assets/app.js',
  'file:///etc/passwd',
  '/ü',
  '/@fs/etc/passwd',
  '/io/../assets/app.js',
  '/assets/../io/input/0',
  '/constructor',
  '/__proto__',
  `/${'a'.repeat(10_000)}`,
])('there is nothing at %j', async (path) => {
  for (const headers of [[], [token()]]) {
    const answer = await ask(`GET ${path} HTTP/1.1`, headers);
    expect([400, 404]).toContain(statusOf(answer));
    expect(answer).not.toContain(SECRET);
    expect(answer).not.toContain('0123456789');
    expect(answer).not.toContain('root:');
  }
});

test('a link within the page is followed, and one put in the place of a file later is not', async () => {
  expect(await ask('GET /assets/alias.js HTTP/1.1')).toContain('export {}');
  const path = join(folder, 'swapped.jsonl');
  writeFileSync(path, SECRET.toUpperCase());
  server.setIo({ input: [await servedFile(path)], model: [], output: null });
  const { mtime } = statSync(path);
  utimesSync(join(folder, 'secret.txt'), mtime, mtime);
  utimesSync(path, mtime, mtime);
  server.setIo({ input: [await servedFile(path)], model: [], output: null });
  expect(await ask('GET /io/input/0 HTTP/1.1', [token()])).toContain(SECRET.toUpperCase());
  rmSync(path);
  symlinkSync(join(folder, 'secret.txt'), path);
  const answer = await ask('GET /io/input/0 HTTP/1.1', [token()]);
  expect(statusOf(answer)).toBe(404);
  expect(answer).not.toContain(SECRET);
  server.setIo({ input: [await servedFile(input)], model: [], output: null });
});

test.runIf(process.platform !== 'win32')(
  'a pipe in the place of a file is not waited for, and none is part of a model',
  async () => {
    const model = join(folder, 'model');
    mkdirSync(model);
    writeFileSync(join(model, 'config.json'), '{}');
    execFileSync('mkfifo', [join(model, 'tokenizer.json'), join(folder, 'pipe')]);
    symlinkSync(join(model, 'tokenizer.json'), join(model, 'vocab.json'));
    symlinkSync('/dev/zero', join(model, 'merges.txt'));
    const found = await readModelDir(model);
    expect(found.files.map((file) => file.path)).toEqual(['config.json']);
    expect(found.skipped).toEqual(['merges.txt', 'vocab.json']);
    await expect(servedFile(join(folder, 'pipe'))).rejects.toThrow('expected a regular file');

    const path = join(folder, 'becomes-a-pipe.jsonl');
    writeFileSync(path, 'abc');
    server.setIo({ input: [await servedFile(path)], model: [], output: null });
    renameSync(join(folder, 'pipe'), path);
    expect(statusOf(await ask('GET /io/input/0 HTTP/1.1', [token()]))).toBe(409);
    server.setIo({ input: [await servedFile(input)], model: [], output: null });
  },
);

test.each([
  ['no Host', ['GET / HTTP/1.1'], 400],
  ['no Host in HTTP/1.0', ['GET / HTTP/1.0'], 403],
  ['two Hosts', ['GET / HTTP/1.1', 'Host: evil.example', 'Host: millrace.localhost'], 403],
  ['an empty Host', ['GET / HTTP/1.1', 'Host: '], 403],
  ['our name with a dot', ['GET / HTTP/1.1', 'Host: millrace.localhost.'], 403],
  ['our name as user', ['GET / HTTP/1.1', 'Host: millrace.localhost@evil.example'], 403],
  ['an address', ['GET / HTTP/1.1', 'Host: [::1]'], 403],
  ['another name in the line', ['GET http://evil.example/ HTTP/1.1', 'Host: millrace.localhost'], 400],
])('hostile Host: %s', async (_what, lines, status) => {
  const answer = await rawRequest(server.port, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  expect(statusOf(answer)).toBe(status);
  expect(answer).not.toContain('<!doctype html>');
});

test.each([
  ['another origin', ['Origin: http://evil.example'], 403],
  ['a null origin', ['Origin: null'], 403],
  ['our host under https', ['Origin: https://millrace.localhost'], 403],
  ['our host with a port', ['Origin: http://millrace.localhost:1'], 403],
  ['a script of another site', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'], 403],
  ['another port of this machine', ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: cors'], 403],
  [
    'a frame of another site',
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'],
    403,
  ],
  [
    'a link of another site',
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
    200,
  ],
  ['the address bar', ['Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate'], 200],
  ['the page', ['Sec-Fetch-Site: same-origin', 'Origin: http://millrace.localhost'], 200],
])('asked by %s', async (_who, headers, status) => {
  expect(statusOf(await ask('GET / HTTP/1.1', headers))).toBe(status);
  // Knowing the token does not help another site, not even by a link.
  const expected = headers.some((header) => /cross-site|none/.test(header)) ? 403 : status;
  expect(statusOf(await ask('GET /io/input/0 HTTP/1.1', [...headers, token()]))).toBe(expected);
});

test.each([
  ['bytes=-0', 416, 0],
  ['bytes=--5', 200, 10],
  ['bytes=-99999999999999', 206, 10],
  ['bytes=99999999999999-', 416, 0],
  ['bytes=0-99999999999999', 206, 10],
  ['bytes=99999999999999999999999-', 200, 10],
  ['bytes=0-0,0-0,0-0,0-9', 200, 10],
  ['bytes=0-5,2-9', 200, 10],
  ['bytes=5-2', 416, 0],
  ['bytes=1e0-2', 200, 10],
  ['bytes=0x0-0x1', 200, 10],
  ['bytes=NaN-', 200, 10],
  ['bytes= 1 - 2', 200, 10],
  [`bytes=${'0-0,'.repeat(2000)}0-0`, 200, 10],
])('hostile range %s', async (range, status, byteLength) => {
  const answer = await ask('GET /io/input/0 HTTP/1.1', [token(), `Range: ${range}`]);
  expect(statusOf(answer)).toBe(status);
  // Never more than the file, however often a part is asked for.
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  if (byteLength > 0) expect(body).toBe('0123456789');
});

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'POST'])('method %s', async (method) => {
  for (const path of ['/', '/assets/app.js', '/io/input/0'])
    expect(statusOf(await ask(`${method} ${path} HTTP/1.1`, [token()]))).toBe(405);
});

test('what is no request is refused', async () => {
  expect(statusOf(await ask('BREW / HTTP/1.1'))).toBe(400);
  expect(statusOf(await rawRequest(server.port, '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'))).toBe(400);
  expect(statusOf(await ask('GET / HTTP/1.1', ['X: a\0b']))).toBe(400);
  expect(statusOf(await ask('GET / HTTP/1.1', ['Content-Length: -1']))).toBe(400);
  expect(statusOf(await ask('POST / HTTP/1.1', ['Content-Length: 3', 'Transfer-Encoding: chunked']))).toBe(
    400,
  );
  // A tunnel is not even answered.
  expect(await ask('CONNECT evil.example:443 HTTP/1.1')).toBe('');
});

test('oversized headers and bodies are refused before they are read', async () => {
  expect(statusOf(await ask('GET / HTTP/1.1', [`X: ${'a'.repeat(20_000)}`]))).toBe(431);
  expect(statusOf(await ask('GET / HTTP/1.1', ['Content-Length: 1'], 'x'))).toBe(413);
  const output = new OutputFiles(outputNames(join(folder, 'v.parquet'), 'parquet', false));
  server.setIo({ input: [await servedFile(input)], model: [], output });
  const post = (headers: readonly string[], body = '') =>
    ask('POST /io/output?file=.parquet&offset=0 HTTP/1.1', [token(), ...headers], body);
  expect(statusOf(await post(['Content-Length: 1001'], 'x'))).toBe(413);
  expect(statusOf(await post(['Content-Length: 99999999999999']))).toBe(413);
  expect(statusOf(await post(['Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'))).toBe(411);
  expect(statusOf(await post(['Content-Length: 3'], 'abc'))).toBe(204);
  await output.discardAll();
});

test('slow requests are cut off, in their headers and in their bodies', async () => {
  const output = new OutputFiles(outputNames(join(folder, 'slow.parquet'), 'parquet', false));
  server.setIo({ input: [await servedFile(input)], model: [], output });
  expect(statusOf(await rawRequest(server.port, 'GET / HTTP/1.1\r\nHost: mill'))).toBe(408);
  const started = `POST /io/output?file=.parquet&offset=0 HTTP/1.1\r\nHost: millrace.localhost\r\n${token()}\r\nContent-Length: 9\r\n\r\nabc`;
  expect(statusOf(await rawRequest(server.port, started))).toBe(408);
  // Nothing of the half that came is kept.
  expect(statusOf(await ask('POST /io/output?file=.parquet&offset=0&finish=1 HTTP/1.1', [token()]))).toBe(
    204,
  );
  await output.discardAll();
});

test('more connections than the bound are not taken, and the page is served again afterwards', async () => {
  const idle = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }),
  );
  expect(statusOf(await ask('GET / HTTP/1.1'))).toBe(0);
  // They are slow requests: each is hung up on.
  await Promise.all(idle.map((socket) => once(socket.resume(), 'close')));
  expect(statusOf(await ask('GET / HTTP/1.1'))).toBe(200);
});

test('every answer carries the headers that keep data here, errors and refusals among them', async () => {
  const answers = await Promise.all([
    ask('GET / HTTP/1.1'),
    ask('GET /assets/app.js HTTP/1.1'),
    ask('GET /nothing HTTP/1.1'),
    ask('GET \\ HTTP/1.1'),
    ask('POST / HTTP/1.1'),
    ask('GET / HTTP/1.1', [`X: ${'a'.repeat(20_000)}`]),
    ask('GET /io/input/0 HTTP/1.1', [token(), 'Range: bytes=1-2']),
  ]);
  answers.push(await ask('GET /io/input/0 HTTP/1.1', [token(), 'Range: bytes=99-']));
  answers.push(await ask('GET /io/input/0 HTTP/1.1'));
  answers.push(
    await rawRequest(server.port, 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
  );
  expect(answers.map(statusOf)).toEqual([200, 200, 404, 400, 405, 431, 206, 416, 403, 403]);
  for (const answer of answers) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      expect(answer).toContain(`\r\n${name}: ${value}\r\n`);
    expect(answer.toLowerCase()).not.toContain('access-control-allow');
  }
});
