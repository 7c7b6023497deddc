import type { Server } from 'node:http';

/** Bounds on what a client may ask of the server. The page stays far below all of them; whoever does not is cut off. */
export type ServerLimits = {
  /** Time for a request line and its headers to arrive. */
  readonly headersMs: number;
  /** Time for a whole request to arrive, its body included. */
  readonly requestMs: number;
  readonly headerBytes: number;
  /** Of one post of an export, which the page sends in pieces of 4 MiB. */
  readonly bodyBytes: number;
  readonly connections: number;
  /** A connection without a request is closed after it. */
  readonly keepAliveMs: number;
};

export const SERVER_LIMITS: ServerLimits = {
  headersMs: 10_000,
  // A post is taken as fast as the disk takes it.
  requestMs: 300_000,
  headerBytes: 16 << 10,
  bodyBytes: 16 << 20,
  connections: 64,
  keepAliveMs: 5000,
};

/** How often slow requests are looked for. */
const CHECK_MS = 1000;

/** Options of `createServer` for these limits. */
export function serverOptions(limits: ServerLimits) {
  return {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
    connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersMs),
  };
}

/** The rest, which Node takes only afterwards. */
export function limitConnections(server: Server, limits: ServerLimits): void {
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 100;
}
