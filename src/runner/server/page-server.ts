import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JobError } from '../../core/job-error.ts';
import { appRoutes } from './app-routes.ts';
import { readTarget, refuseIo, refuseRequest, type Admission } from './check-request.ts';
import type { IoFiles } from './io-files.ts';
import { NO_IO_FILES } from './io-files.ts';
import { handleIo } from './io-handler.ts';
import { refuseUnreadable } from './refuse-unreadable.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import type { ServedFile } from './served-file.ts';
import { sendFile, sendText } from './served-file.ts';
import { limitConnections, SERVER_LIMITS, serverOptions, type ServerLimits } from './server-limits.ts';

export type PageServerOptions = {
  readonly appDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** Exact values of `Host` that are answered, given the port; the first one is the origin, and the others are sent there. */
  readonly hosts: (port: number) => readonly [string, ...string[]];
  readonly limits?: ServerLimits;
};

/** A loopback server of the built page and, through `/io/`, of one job's files. */
export interface PageServer {
  readonly port: number;
  readonly origin: string;
  /** Secret of this run, for the header `x-millrace-token`. */
  readonly token: string;
  /** Says which files `/io/` gives; none at first. */
  setIo(files: IoFiles): void;
  close(): Promise<void>;
}

/** @throws JobError `BROWSER_FAILED` when the page is not built or the port is taken. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const routes = await appRoutes(options.appDir);
  const token = randomBytes(32).toString('hex');
  let io = NO_IO_FILES;
  let hosts: readonly [string, ...string[]] = [''];
  const limits = options.limits ?? SERVER_LIMITS;
  const server = createServer(serverOptions(limits), (request, response) => {
    const serving = { routes, io, token, hosts, bodyBytes: limits.bodyBytes };
    answer(request, response, serving).catch((error: unknown) => {
      // The other side left, or a file failed half-way: cut the answer so that it is not taken for a whole one.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  limitConnections(server, limits);
  server.on('clientError', refuseUnreadable);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const message = taken
        ? `Port ${options.port} is in use.`
        : `The page cannot be served: ${cause.message}.`;
      reject(
        new JobError('BROWSER_FAILED', message, {
          cause,
          ...(taken ? { hint: 'Choose another one with --port.' } : {}),
        }),
      );
    });
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  hosts = options.hosts(port);
  return {
    port,
    origin: `http://${hosts[0]}`,
    token,
    setIo: (files) => {
      io = files;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Serving = Admission & {
  readonly routes: ReadonlyMap<string, ServedFile>;
  readonly io: IoFiles;
};

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const refusal = refuseRequest(request, serving);
  if (refusal !== null) {
    // Whatever body it has is not read.
    response.setHeader('Connection', 'close');
    return sendText(response, refusal.status, refusal.text);
  }
  const url = readTarget(request.url ?? '');
  if (url === null) return sendText(response, 400, 'Not a path.');
  if (url.pathname.startsWith('/io/')) {
    const refusal = refuseIo(request, serving);
    return refusal === null
      ? handleIo(serving.io, url, request, response)
      : sendText(response, refusal.status, refusal.text);
  }
  const method = request.method ?? 'GET';
  if (method !== 'GET' && method !== 'HEAD') return sendText(response, 405, `${method} is not allowed here.`);
  const host = request.headers.host ?? '';
  if (host.replace(/:80$/, '') !== serving.hosts[0].replace(/:80$/, '')) {
    // One origin only: storage belongs to it.
    response.setHeader('Location', `http://${serving.hosts[0]}/`);
    return sendText(response, 307, `The page is at http://${serving.hosts[0]}/.`);
  }
  const file = serving.routes.get(url.pathname);
  if (file === undefined) return sendText(response, 404, `${url.pathname} is not part of the page.`);
  return sendFile(file, method, request.headers.range, response);
}
