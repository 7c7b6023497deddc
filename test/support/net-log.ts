import { readFileSync } from 'node:fs';

type Entry = {
  readonly type: number;
  readonly source: { readonly id: number; readonly type: number };
  readonly params?: Readonly<Record<string, unknown>>;
};

type Log = {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> };
  readonly events: readonly Entry[];
};

/** Everything that a browser did on the network, as it wrote it down itself (`--log-net-log`, capture mode `Everything`). */
export class NetLog {
  readonly #names: ReadonlyMap<number, string>;
  readonly #events: readonly Entry[];

  constructor(path: string) {
    const { constants, events } = JSON.parse(readFileSync(path, 'utf8')) as Log;
    this.#names = new Map(Object.entries(constants.logEventTypes).map(([name, id]) => [id, name]));
    this.#events = events;
  }

  /** Hosts, with their ports, of all requests; `chrome-extension:` and `data:` and their like need no network. */
  get requestedHosts(): readonly string[] {
    const urls = this.#params('URL_REQUEST_START_JOB').flatMap(({ url }) =>
      // The entry for the end of a request has none.
      url === undefined ? [] : [new URL(String(url))],
    );
    return unique(urls.filter(({ protocol }) => /^(?:http|ws)s?:$/.test(protocol)).map(({ host }) => host));
  }

  /** Host names that were looked up anywhere but in the flags: at a name server, or by the system. */
  get lookups(): readonly string[] {
    return unique(
      this.#events
        .filter(({ type }) =>
          /^(?:DNS_TRANSACTION|HOST_RESOLVER_SYSTEM_TASK|HOST_RESOLVER_DNS_TASK)/.test(this.#name(type)),
        )
        .map(({ type, params }) => `${this.#name(type)} ${JSON.stringify(params ?? {})}`),
    );
  }

  /** Addresses to which a TCP connection was tried. */
  get connections(): readonly string[] {
    return unique(
      this.#params('TCP_CONNECT_ATTEMPT').flatMap(({ address }) =>
        address === undefined ? [] : [String(address)],
      ),
    );
  }

  /** How many datagrams were sent. */
  get datagrams(): number {
    return this.#params('UDP_BYTES_SENT').length;
  }

  /** Where bytes with this text went or came from: the address of the socket, or the name of another event. */
  whereFound(text: string): readonly string[] {
    const addresses = new Map<number, string>();
    for (const { type, source, params } of this.#events)
      if (this.#name(type) === 'TCP_CONNECT_ATTEMPT' && params?.['address'] !== undefined)
        addresses.set(source.id, String(params['address']));
    const found = this.#events.filter(({ params }) => holds(params, text));
    return unique(
      found.map(
        ({ type, source, params }) =>
          addresses.get(source.id) ?? `${this.#name(type)} ${String(params?.['url'] ?? '')}`,
      ),
    );
  }

  #name(type: number): string {
    return this.#names.get(type) ?? String(type);
  }

  #params(name: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#events
      .filter((event) => this.#name(event.type) === name)
      .flatMap(({ params }) => (params === undefined ? [] : [params]));
  }
}

/** In the values themselves, and in bytes, which are written as base64. */
function holds(params: Entry['params'], text: string): boolean {
  if (params === undefined) return false;
  const { bytes } = params;
  if (typeof bytes === 'string' && Buffer.from(bytes, 'base64').includes(text)) return true;
  return JSON.stringify(params).includes(text);
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted();
}
