import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Another server, which nothing of ours should ever reach, and what reached it. */
export type LeakSink = {
  readonly url: string;
  readonly stunPort: number;
  readonly turnPort: number;
  /** First path segments of the requests that came; `stun`, `turn-tcp`, and `connection` for one without a request. */
  readonly reached: ReadonlySet<string>;
  close(): Promise<void>;
};

/** Listens on loopback, for HTTP, for STUN over UDP and for TURN over TCP. */
export async function openLeakSink(): Promise<LeakSink> {
  const reached = new Set<string>();
  const http = createServer((request, response) => {
    reached.add((request.url ?? '').split(/[/?]/)[1] ?? '');
    response.setHeader('access-control-allow-origin', '*');
    // So that a browser's embedder policy is no reason to hold back.
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    response.end('got it');
  });
  http.on('connection', () => reached.add('connection'));
  http.on('upgrade', (request, socket) => {
    reached.add((request.url ?? '').split('/')[1] ?? '');
    socket.destroy();
  });
  const turnSockets = new Set<Socket>();
  const turn = createTcpServer((socket) => {
    reached.add('turn-tcp');
    turnSockets.add(socket);
    socket.on('error', () => undefined);
  });
  const stun = createSocket('udp4');
  stun.on('message', () => reached.add('stun'));
  await new Promise<void>((resolve) => stun.bind(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${await listen(http)}`,
    stunPort: stun.address().port,
    turnPort: await listen(turn),
    reached,
    close: async () => {
      http.closeAllConnections();
      for (const socket of turnSockets) socket.destroy();
      stun.close();
      await Promise.all([http, turn].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
