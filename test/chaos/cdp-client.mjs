// @ts-check
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ANSWER_MS = 10_000;

/** @typedef {{ readonly sessionId: string, readonly type: string, readonly url: string }} Attached */

/** What a browser wrote where it listens; to be removed before a new one starts. @param {string} profileDir */
export function forgetDebugPort(profileDir) {
  rmSync(join(profileDir, 'DevToolsActivePort'), { force: true });
}

/**
 * The runner's browser by its debugging protocol, beside Playwright: the page, and every worker in it, nested ones too.
 * The runner's browser listens because of `--remote-debugging-port=0` in `MILLRACE_BROWSER_ARGS`.
 */
export class CdpClient {
  #socket;
  #next = 1;
  #prelude;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (reason: Error) => void }>} */
  #waiting = new Map();
  /** @type {Map<string, Attached>} */
  #attached = new Map();

  /** @param {WebSocket} socket @param {string} prelude */
  constructor(socket, prelude) {
    this.#socket = socket;
    this.#prelude = prelude;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
    socket.addEventListener('close', () => this.#lose());
  }

  /**
   * Null when the browser is gone before it can be talked to.
   * @param {string} profileDir @param {() => boolean} gone
   * @param {string} [prelude] code that is run in the page, and in each worker before its own and again once that has begun
   */
  static async connect(profileDir, gone, prelude = '') {
    const file = join(profileDir, 'DevToolsActivePort');
    while (!existsSync(file) || !readFileSync(file, 'utf8').includes('/devtools/')) {
      if (gone()) return null;
      await delay(20);
    }
    const [port, path] = readFileSync(file, 'utf8').split('\n');
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    const open = await new Promise((resolve) => {
      socket.addEventListener('open', () => resolve(true));
      socket.addEventListener('error', () => resolve(false));
    });
    if (!open) return null;
    const client = new CdpClient(socket, prelude);
    try {
      const { targetInfos } = await client.send('Target.getTargets');
      for (const { targetId, type } of targetInfos)
        if (type === 'page') await client.send('Target.attachToTarget', { targetId, flatten: true });
      return client;
    } catch {
      return null;
    }
  }

  /** @param {string} method @param {object} [params] @param {string} [sessionId] @returns {Promise<any>} */
  async send(method, params = {}, sessionId) {
    const id = this.#next++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    if (this.#socket.readyState === WebSocket.OPEN)
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
      );
    else this.#lose();
    const timeout = setTimeout(
      () => this.#waiting.get(id)?.reject(new Error(`no answer to ${method}`)),
      ANSWER_MS,
    );
    try {
      return await answer;
    } finally {
      clearTimeout(timeout);
      this.#waiting.delete(id);
    }
  }

  get page() {
    return [...this.#attached.values()].find(({ type }) => type === 'page') ?? null;
  }

  /** Workers alive now whose script has this in its name, oldest first. @param {string} name */
  workers(name) {
    return [...this.#attached.values()].filter(
      ({ type, url }) => type === 'worker' && url.includes(`/${name}`),
    );
  }

  /** Runs code in a page or worker and does not wait for what it does. @param {Attached} target @param {string} expression */
  async tell(target, expression) {
    await this.send(
      'Runtime.evaluate',
      { expression: `void setTimeout(() => { ${expression} }, 0)` },
      target.sessionId,
    );
  }

  close() {
    this.#socket.close();
  }

  /** @param {any} message */
  #receive(message) {
    const { id, method, params } = message;
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      if (message.error === undefined) waiting?.resolve(message.result);
      else waiting?.reject(new Error(message.error.message));
    } else if (method === 'Target.attachedToTarget') {
      const { sessionId, targetInfo } = params;
      this.#attached.set(sessionId, { sessionId, type: targetInfo.type, url: targetInfo.url });
      void this.#welcome(sessionId).catch(() => undefined);
    } else if (method === 'Target.detachedFromTarget') {
      this.#attached.delete(params.sessionId);
    }
  }

  /** @param {string} sessionId */
  async #welcome(sessionId) {
    const waits = this.#prelude !== '';
    const options = { autoAttach: true, waitForDebuggerOnStart: waits, flatten: true };
    await this.send('Target.setAutoAttach', options, sessionId);
    if (!waits) return;
    await this.send('Runtime.evaluate', { expression: this.#prelude }, sessionId);
    await this.send('Runtime.runIfWaitingForDebugger', {}, sessionId);
    await this.send('Runtime.evaluate', { expression: this.#prelude }, sessionId);
  }

  #lose() {
    for (const { reject } of this.#waiting.values()) reject(new Error('the browser is gone'));
    this.#waiting.clear();
    this.#attached.clear();
  }
}
