import { EVENT_BINDING, PAGE_OBJECT, type JobApi, type Outcome, type PageApi } from '../core/job-api.ts';
import { toJobError } from '../core/job-error.ts';
import type { JobEvent } from '../core/job-event.ts';
import type { RunAction } from './job/run-view.ts';

type EventBinding = (json: string) => unknown;

/** True when the command line drives this page: it gives its binding before the page's first script runs. */
export function isDriven(): boolean {
  return eventBinding() !== null;
}

/**
 * Offers the job worker to the command line as `globalThis.millrace`. Events go through the binding, if there is one, and
 * to `onAction`, with how the calls went, so that the page can show what is done to it.
 */
export function installPageApi(api: JobApi, onAction: (action: RunAction) => void): PageApi {
  const onEvent = (event: JobEvent): void => {
    sendEvent(event);
    onAction({ kind: 'event', event });
  };
  const pageApi: PageApi = {
    run: (request) =>
      outcomeOf(async () => {
        onAction({ kind: 'started' });
        const outcome = await api.run(request, onEvent);
        onAction({ kind: 'outcome', outcome });
        return outcome;
      }, onAction),
    drain: () =>
      outcomeOf(async () => {
        onAction({ kind: 'pausing' });
        await api.drain();
        return null;
      }, onAction),
    export: (request) =>
      outcomeOf(async () => {
        onAction({ kind: 'exporting', names: null });
        const outcome = await api.export(request, onEvent);
        onAction({ kind: 'exported', files: [] });
        return outcome;
      }, onAction),
    list: () => outcomeOf(() => api.list()),
    remove: (jobId) =>
      outcomeOf(async () => {
        await api.remove(jobId);
        return null;
      }),
    readStored: (jobId, after) => outcomeOf(() => api.readStored(jobId, after)),
    writeStored: (jobId, records, last) =>
      outcomeOf(async () => {
        await api.writeStored(jobId, records, last);
        return null;
      }),
    doctor: () => outcomeOf(() => api.doctor()),
    inspect: (request) => outcomeOf(() => api.inspect(request)),
  };
  Object.defineProperty(globalThis, PAGE_OBJECT, { value: Object.freeze(pageApi), configurable: true });
  return pageApi;
}

function eventBinding(): EventBinding | null {
  const binding: unknown = Reflect.get(globalThis, EVENT_BINDING);
  return typeof binding === 'function' ? (binding as EventBinding) : null;
}

/** Never waits: a slow or gone listener must not hold up the job. */
function sendEvent(event: JobEvent): void {
  const send = eventBinding();
  if (send === null) return;
  try {
    Promise.resolve(send(JSON.stringify(event))).catch(() => undefined);
  } catch {
    // The listener is gone; the job goes on, and its result is asked for by the call itself.
  }
}

async function outcomeOf<T>(
  act: () => Promise<T>,
  onAction: ((action: RunAction) => void) | null = null,
): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await act() };
  } catch (thrown) {
    const { code, message, hint, details } = toJobError(thrown);
    const error = { code, message, hint: hint ?? null, details };
    onAction?.({ kind: 'failed', error });
    return { ok: false, error };
  }
}
