import type { JobEvent } from '../core/job-event.ts';
import { LatestEvents } from '../core/latest-events.ts';

type Message =
  | { readonly kind: 'events'; readonly jobId: string; readonly events: readonly JobEvent[] }
  /** Someone has come to watch the job. */
  | { readonly kind: 'hello'; readonly jobId: string };

const NAME = 'millrace-jobs';

/** Tells a job's events to the other tabs of this origin; whoever comes later is told the last ones. */
export class JobAnnouncer {
  readonly #jobId: string;
  readonly #channel = new BroadcastChannel(NAME);
  readonly #latest = new LatestEvents();

  constructor(jobId: string) {
    this.#jobId = jobId;
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === 'hello' && data.jobId === jobId) this.#post(this.#latest.all());
    };
  }

  announce(event: JobEvent): void {
    if (this.#latest.note(event)) this.#post([event]);
  }

  close(): void {
    this.#channel.close();
  }

  #post(events: readonly JobEvent[]): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
    this.#channel.postMessage({ kind: 'events', jobId: this.#jobId, events } satisfies Message);
  }
}

/** Calls back with the events of a job that runs in another tab, the last ones of before included. @returns ends it */
export function followJob(jobId: string, onEvent: (event: JobEvent) => void): () => void {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'events' && data.jobId === jobId) data.events.forEach(onEvent);
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no other origin
  channel.postMessage({ kind: 'hello', jobId } satisfies Message);
  return () => channel.close();
}
