import { proxy, releaseProxy, transfer, wrap, type Remote } from 'comlink';
import { JobError } from '../core/job-error.ts';
import { collectBuffers } from './collect-buffers.ts';
import { LIFELINE, lifelineCut, PULSE } from './lifeline.ts';
import { transferErrors } from './transfer-errors.ts';
import { withTimeout } from '../util/with-timeout.ts';
import type { WorkerPort } from './worker-port.ts';

transferErrors();

type Call = (...args: unknown[]) => Promise<unknown>;
type RemoteCalls = Remote<Record<string, Call>>;

/**
 * When a worker that never blocks for long counts as hung: it is asked every `everyMs`, and has not answered when the time
 * came so often. A machine that slept, or a page whose timers are held back, only looks less often.
 */
export type PulseLimits = { readonly everyMs: number; readonly missed: number };

export type ConnectOptions = {
  /** For a worker that nobody else watches; it is ended when it hangs. */
  readonly pulse?: PulseLimits;
  /** A worker whose script has not begun by then is gone: one that ends before that has no lock to tell of it. */
  readonly startMs?: number;
};

/** A worker's script is loaded and run in moments; a slow machine may need longer. */
const START_MS = 60_000;

/** Wraps a worker that calls `exposeWorker`. @param name for messages: `device worker` */
export function connectWorker<T extends object>(
  worker: Worker,
  name: string,
  { pulse, startMs = START_MS }: ConnectOptions = {},
): WorkerPort<T> {
  const remote = wrap<Record<string, Call>>(worker);
  const calls = new CallsInFlight();
  let ended = false;
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const reason = event.message || 'its script could not be loaded';
    calls.fail(new JobError('WORKER_CRASHED', `The ${name} stopped: ${reason}.`));
  });
  worker.addEventListener('messageerror', () => {
    calls.fail(new JobError('WORKER_CRASHED', `The ${name} sent a message that could not be read.`));
  });
  const notBegun = () =>
    new JobError('WORKER_CRASHED', `The ${name} did not begin within ${Math.round(startMs / 1000)} s.`);
  const begun = (remote[LIFELINE] as unknown as () => Promise<string>)();
  const lifeline = withTimeout(begun, startMs, notBegun);
  lifeline
    .then(lifelineCut)
    .then(() => calls.fail(new JobError('WORKER_CRASHED', `The ${name} ended without a word.`)))
    .catch((thrown: unknown) => {
      // Where there are no locks, a watchdog is what is left.
      if (thrown instanceof JobError && thrown.code === 'WORKER_CRASHED') calls.fail(thrown);
    });
  const stopWatching =
    pulse === undefined
      ? () => undefined
      : watchPulse(remote, pulse, (silentMs) => {
          worker.terminate();
          const message = `The ${name} has not answered for ${Math.round(silentMs / 1000)} s: it hangs.`;
          calls.fail(new JobError('WORKER_CRASHED', message));
        });
  return {
    api: callsInto(
      remote,
      calls,
      lifeline.catch(() => undefined),
    ) as T,
    terminate() {
      if (ended) return;
      ended = true;
      stopWatching();
      worker.terminate();
      calls.fail(new JobError('WORKER_CRASHED', `The ${name} was ended.`));
      remote[releaseProxy]();
    },
  };
}

/** @returns ends it */
function watchPulse(
  remote: RemoteCalls,
  { everyMs, missed }: PulseLimits,
  onHung: (silentMs: number) => void,
): () => void {
  let heardAt = performance.now();
  let unanswered = 0;
  const timer = setInterval(() => {
    if (unanswered === 0) {
      (remote[PULSE] as unknown as () => Promise<void>)()
        .then(() => {
          heardAt = performance.now();
          unanswered = 0;
        })
        .catch(() => undefined);
    }
    if (++unanswered <= missed) return;
    clearInterval(timer);
    onHung(performance.now() - heardAt);
  }, everyMs);
  return () => clearInterval(timer);
}

/** Comlink never settles a call to a worker that is gone; this does. */
class CallsInFlight {
  readonly #rejects = new Set<(reason: JobError) => void>();
  #failure: JobError | null = null;

  fail(error: JobError): void {
    this.#failure ??= error;
    for (const reject of this.#rejects) reject(this.#failure);
    this.#rejects.clear();
  }

  // Not Promise.race with one long-lived promise: that would hold on to every call ever made.
  track<T>(start: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      this.#rejects.add(reject);
      start()
        .then(resolve, reject)
        .finally(() => this.#rejects.delete(reject));
    });
  }
}

function wire(arg: unknown): unknown {
  if (typeof arg === 'function') return proxy(arg);
  const buffers = collectBuffers(arg);
  return buffers.length === 0 ? arg : transfer(arg, buffers);
}

/** @param watched from then on nothing that happens to the worker goes unseen: no call is made before */
function callsInto(remote: RemoteCalls, inFlight: CallsInFlight, watched: Promise<unknown>): object {
  const calls = new Map<string, Call>();
  return new Proxy(
    {},
    {
      get(_target, property) {
        // A port is passed through promises, which look for `then`.
        if (typeof property !== 'string' || property === 'then') return undefined;
        let call = calls.get(property);
        if (call === undefined) {
          // Looked up inside: once the worker is ended, looking up throws, and a call must reject.
          call = (...args) =>
            inFlight.track(async () => {
              await watched;
              return (remote[property] as unknown as Call)(...args.map(wire));
            });
          calls.set(property, call);
        }
        return call;
      },
    },
  );
}
