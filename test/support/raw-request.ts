import { connect } from 'node:net';

/**
 * Sends bytes as they are to a port of this machine, and gives all that comes back until the other side hangs up.
 * A client library would tidy up, or refuse to send, most of what a hostile one sends.
 */
export function rawRequest(port: number, ...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => (text += piece));
    // Hanging up while we still send is an answer, too.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(text) : reject(error),
    );
    socket.on('close', () => resolve(text));
  });
}

/** Status of an answer; 0 when there was none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
}
