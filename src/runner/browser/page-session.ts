import type { BrowserContext, Page } from 'playwright';
import type { Outcome, PageApi } from '../../core/job-api.ts';
import { EVENT_BINDING, PAGE_OBJECT } from '../../core/job-api.ts';
import type { JobEvent } from '../../core/job-event.ts';
import type { JobErrorCode } from '../../core/job-error.ts';
import { JobError } from '../../core/job-error.ts';
import { withTimeout } from '../../util/with-timeout.ts';

const PAGE_TIMEOUT_MS = 60_000;
const PING_EVERY_MS = 15_000;
const PING_LIMIT_MS = 120_000;

type Method = keyof PageApi;
type Value<M extends Method> = Awaited<ReturnType<PageApi[M]>> extends Outcome<infer T> ? T : never;

/**
 * The page, open in the browser and answering. Every call fails with `BROWSER_FAILED` as soon as the page crashes, the
 * browser goes away or nothing answers any more: none waits for ever.
 */
export class PageSession {
  readonly #page: Page;
  readonly #gone: Promise<never>;
  readonly #ping: NodeJS.Timeout;

  private constructor(page: Page, complaints: readonly string[]) {
    this.#page = page;
    let fail: (error: JobError) => void = () => undefined;
    this.#gone = new Promise<never>((_, reject) => {
      fail = reject;
    });
    // Nobody may be waiting when it happens; the next call sees it.
    this.#gone.catch(() => undefined);
    const lost = (what: string): void => fail(browserFailed(what, complaints));
    page.on('crash', () => lost('The page crashed'));
    page.on('close', () => lost('The browser closed'));
    this.#ping = setInterval(() => void ping(page, lost), PING_EVERY_MS);
    this.#ping.unref();
  }

  /**
   * Opens the page and waits until it offers its API.
   * @throws JobError `BROWSER_FAILED`, with what the page complained of.
   */
  static async open(
    context: BrowserContext,
    origin: string,
    onEvent: (event: JobEvent) => void,
    timeout: number = PAGE_TIMEOUT_MS,
  ): Promise<PageSession> {
    const complaints: string[] = [];
    const complain = (text: string): void => void (complaints.length < 5 && complaints.push(text));
    const page = context.pages()[0] ?? (await context.newPage());
    page.on('pageerror', (error) => complain(error.message));
    page.on('console', (message) => void (message.type() === 'error' && complain(message.text())));
    const session = new PageSession(page, complaints);
    try {
      // Storage that the browser may not clear under pressure; headless it cannot ask the user.
      const cdp = await context.newCDPSession(page);
      await cdp.send('Browser.grantPermissions', { origin, permissions: ['durableStorage'] });
      await page.exposeBinding(EVENT_BINDING, (_source, json: string) =>
        onEvent(JSON.parse(json) as JobEvent),
      );
      await page.goto(`${origin}/`, { timeout });
      const ready = page.waitForFunction((name) => name in globalThis, PAGE_OBJECT, { timeout });
      await Promise.race([ready, session.#gone]);
      return session;
    } catch (cause) {
      session.dispose();
      if (cause instanceof JobError) throw cause;
      throw browserFailed(`The page at ${origin} did not start (${firstLine(cause)})`, complaints, cause);
    }
  }

  /** Calls the page. @throws JobError: the page's own, or `BROWSER_FAILED`. */
  async call<M extends Method>(method: M, ...args: Parameters<PageApi[M]>): Promise<Value<M>> {
    const answer = this.#page.evaluate(
      ([object, name, values]) => {
        const api = (
          globalThis as unknown as Record<string, Record<string, (...given: unknown[]) => unknown>>
        )[object];
        return api?.[name]?.(...values);
      },
      [PAGE_OBJECT, method, args] as [string, string, unknown[]],
    );
    let outcome: Outcome<Value<M>>;
    try {
      outcome = (await Promise.race([answer, this.#gone])) as Outcome<Value<M>>;
    } catch (cause) {
      answer.catch(() => undefined);
      throw cause instanceof JobError
        ? cause
        : browserFailed(`The page failed in ${method} (${firstLine(cause)})`, [], cause);
    }
    if (outcome.ok) return outcome.value;
    const { code, message, hint, details } = outcome.error;
    throw new JobError(code as JobErrorCode, message, { ...(hint === null ? {} : { hint }), details });
  }

  /** Stops watching; the page itself goes with its browser. */
  dispose(): void {
    clearInterval(this.#ping);
  }
}

/** Asks the page for a sign of life. Its main thread has nothing else to do, so a long silence means that it hangs. */
async function ping(page: Page, lost: (what: string) => void): Promise<void> {
  const alive = page.evaluate(() => 1).catch(() => undefined);
  const silent = new Error(`The page has not answered for ${PING_LIMIT_MS / 1000} s`);
  await withTimeout(alive, PING_LIMIT_MS, () => silent).catch(() => lost(silent.message));
}

function browserFailed(what: string, complaints: readonly string[], cause?: unknown): JobError {
  const said = complaints.length === 0 ? '' : `; it said: ${complaints.join(' | ').slice(0, 1000)}`;
  return new JobError('BROWSER_FAILED', `${what}${said}.`, {
    hint: 'Everything that was committed is kept: run `millrace resume`. If it fails at once, run `millrace doctor`.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
