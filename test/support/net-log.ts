import { readFileSync } from 'node:fs';

type Params = {
  readonly url?: string;
  readonly initiator?: string;
  readonly address?: string;
  readonly bytes?: string;
};

type Entry = {
  readonly type: number;
  readonly source: { readonly id: number; readonly type: number };
  readonly params?: Params;
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

  /** Hosts, with their ports, to which a request was sent. */
  get sentTo(): readonly string[] {
    const sent = new Set(
      this.#events
        .filter(({ type }) => this.#name(type) === 'HTTP_TRANSACTION_SEND_REQUEST')
        .map(({ source }) => source.id),
    );
    return this.#requests((event) => sent.has(event.source.id));
  }

  /**
   * Hosts, with their ports, that pages and their workers asked for, whatever became of it. What the browser asks for on
   * its own behalf has no origin as its initiator.
   */
  get askedByPages(): readonly string[] {
    return this.#requests(({ params }) => String(params?.initiator).includes('://'));
  }

  #requests(matches: (event: Entry) => boolean): readonly string[] {
    const urls = this.#events
      .filter((event) => this.#name(event.type) === 'URL_REQUEST_START_JOB' && matches(event))
      // The entry for the end of a request has none.
      .flatMap(({ params }) => (params?.url === undefined ? [] : [new URL(params.url)]));
    // `data:`, `blob:` and `chrome-extension:` need no network.
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
      this.#params('TCP_CONNECT_ATTEMPT').flatMap(({ address }) => (address === undefined ? [] : [address])),
    );
  }

  /** How many datagrams were sent. */
  get datagrams(): number {
    return this.#params('UDP_BYTES_SENT').length;
  }

  /** Where bytes with this text went or came from: addresses of sockets, hosts of requests, or the names of other events. */
  whereFound(text: string): readonly string[] {
    const places = new Map<number, string>();
    for (const { type, source, params } of this.#events) {
      if (params?.url !== undefined && this.#name(type) === 'URL_REQUEST_START_JOB')
        places.set(source.id, new URL(params.url).host);
      if (params?.address !== undefined && this.#name(type) === 'TCP_CONNECT_ATTEMPT')
        places.set(source.id, params.address);
    }
    return unique(
      this.#events
        .filter(({ params }) => holds(params, text))
        .map(({ type, source }) => places.get(source.id) ?? this.#name(type)),
    );
  }

  #name(type: number): string {
    return this.#names.get(type) ?? String(type);
  }

  #params(name: string): readonly Params[] {
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
