import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TOKEN_HEADER } from './io-files.ts';

/** Who may ask, and how much. */
export type Admission = {
  /** Exact values of `Host`; the first one is the origin's. */
  readonly hosts: readonly [string, ...string[]];
  readonly token: string;
  readonly bodyBytes: number;
};

export type Refusal = { readonly status: number; readonly text: string };

/**
 * Why a request is not answered, or null. A page of another site that points its own name at 127.0.0.1 sends that name as
 * `Host` (DNS rebinding); one that asks under ours sends its own as `Origin`, or says `cross-site`.
 */
export function refuseRequest(request: IncomingMessage, { hosts, bodyBytes }: Admission): Refusal | null {
  const { host = '', origin } = request.headers;
  if (!hosts.includes(host)) return { status: 403, text: 'This host is not served here.' };
  if (origin !== undefined && origin !== `http://${hosts[0]}`)
    return { status: 403, text: 'Only the page itself may ask for this.' };
  if (!comesFromPage(request)) return { status: 403, text: 'Only the page itself may ask for this.' };
  // Without a length there is no bound; Node holds a body to the length that it names.
  if (request.headers['transfer-encoding'] !== undefined)
    return { status: 411, text: 'A body needs a Content-Length.' };
  const most = request.method === 'POST' ? bodyBytes : 0;
  if (Number(request.headers['content-length'] ?? 0) > most)
    return { status: 413, text: `A body of more than ${most} bytes is not taken here.` };
  return null;
}

/** Why a request to `/io/` is not answered, or null. */
export function refuseIo(request: IncomingMessage, { token }: Admission): Refusal | null {
  const given = Buffer.from(String(request.headers[TOKEN_HEADER] ?? ''));
  const expected = Buffer.from(token);
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    return { status: 403, text: 'The token of this run is missing or wrong.' };
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin')
    return { status: 403, text: 'Only the page itself may ask for this.' };
  return null;
}

/**
 * The address asked for, or null for what is no plain absolute path: another server's URL, `//host`, a backslash, a control
 * character, or a path that would be another one after `..` is resolved.
 */
export function readTarget(target: string): URL | null {
  if (!/^\/(?!\/)[!-~]*$/.test(target) || /[\\#]/.test(target)) return null;
  const url = new URL(target, 'http://page.invalid');
  return url.pathname === target.split('?')[0] ? url : null;
}

/**
 * Browsers say where a request comes from (Fetch Metadata). Typed addresses and links of other sites may open the page;
 * everything else is for the page alone. What says nothing is no browser's page.
 */
function comesFromPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return true;
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}
