import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent } from '../../core/job-event.ts';
import { z } from '../../core/zod.ts';

const SUFFIX = '.live';
const BETWEEN_WRITES_MS = 500;
/** Kinds of which the last event says it all. */
const LATEST = ['stage', 'device', 'resumed', 'progress', 'state', 'export'] as const;
const MAX_NOTICES = 20;

const liveSchema = z.object({
  /** Their last events, by kind. What is in them is the business of the two ends, which are the same program. */
  latest: z.record(z.string(), z.looseObject({ kind: z.string() })),
  notices: z.array(z.object({ level: z.enum(['info', 'warning']), message: z.string() })),
});

/** What a job that runs here tells to other processes: `millrace watch` reads it. */
export type LiveJob = {
  readonly latest: Readonly<Partial<{ [K in (typeof LATEST)[number]]: Extract<JobEvent, { kind: K }> }>>;
  readonly notices: readonly { readonly level: 'info' | 'warning'; readonly message: string }[];
};

export function livePath(stateDir: string, jobId: string): string {
  return join(stateDir, 'jobs', `${jobId}${SUFFIX}`);
}

/** Writes a job's last events to a small file at most twice a second. It must not hold up the job: failures are nobody's. */
export class LiveFile {
  readonly #path: string;
  #live: LiveJob = { latest: {}, notices: [] };
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(stateDir: string, jobId: string) {
    this.#path = livePath(stateDir, jobId);
  }

  note(event: JobEvent): void {
    const { latest, notices } = this.#live;
    if (event.kind === 'notice') {
      const { level, message } = event;
      this.#live = { latest, notices: [...notices, { level, message }].slice(-MAX_NOTICES) };
    } else if ((LATEST as readonly string[]).includes(event.kind)) {
      this.#live = { latest: { ...latest, [event.kind]: event }, notices };
    } else return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#writing.then(() => this.#write()).catch(() => undefined);
    }, BETWEEN_WRITES_MS).unref();
  }

  /** Takes the file away: the job does not run here any more. */
  async remove(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#writing;
    await rm(this.#path, { force: true });
  }

  async #write(): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    await writeFile(temporary, JSON.stringify(this.#live), { mode: 0o600 });
    await rename(temporary, this.#path);
  }
}

/** What a job last told; null when it has not yet, or does not run. */
export async function readLive(stateDir: string, jobId: string): Promise<LiveJob | null> {
  try {
    const live = liveSchema.parse(JSON.parse(await readFile(livePath(stateDir, jobId), 'utf8')));
    return live;
  } catch {
    return null;
  }
}

/** Jobs that have told something and not ended in good order. */
export async function liveJobIds(stateDir: string): Promise<string[]> {
  const names = await readdir(join(stateDir, 'jobs')).catch(() => []);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
}
