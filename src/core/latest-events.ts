import type { JobEvent } from './job-event.ts';

/** Kinds of which the last event says it all. */
const LATEST = ['stage', 'device', 'resumed', 'progress', 'state', 'export', 'summary'] as const;
const MAX_NOTICES = 20;

/** What somebody has to be told who comes to look at a job while it runs. */
export class LatestEvents {
  readonly #latest = new Map<JobEvent['kind'], JobEvent>();
  #notices: JobEvent[] = [];

  /** @returns false for an event that is not kept */
  note(event: JobEvent): boolean {
    if (event.kind === 'notice') this.#notices = [...this.#notices, event].slice(-MAX_NOTICES);
    else if ((LATEST as readonly string[]).includes(event.kind)) this.#latest.set(event.kind, event);
    else return false;
    return true;
  }

  all(): JobEvent[] {
    return [...this.#notices, ...this.#latest.values()];
  }
}
