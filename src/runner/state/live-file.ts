import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobEvent } from '../../core/job-event.ts';
import { LatestEvents } from '../../core/latest-events.ts';

const SUFFIX = '.live';
const BETWEEN_WRITES_MS = 500;

/** A file that holds names and messages of the job: whoever wipes the job looks for it. */
export function livePath(stateDir: string, jobId: string): string {
  return join(stateDir, 'jobs', `${jobId}${SUFFIX}`);
}

/** Writes a job's last events to a small file at most twice a second. It must not hold up the job: failures are nobody's. */
export class LiveFile {
  readonly #path: string;
  readonly #latest = new LatestEvents();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(stateDir: string, jobId: string) {
    this.#path = livePath(stateDir, jobId);
  }

  note(event: JobEvent): void {
    if (!this.#latest.note(event)) return;
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
    await writeFile(temporary, JSON.stringify(this.#latest.all()), { mode: 0o600 });
    await rename(temporary, this.#path);
  }
}

/** What a job last told; null when it has not yet, or does not run. Its writer is the same program. */
export async function readLive(stateDir: string, jobId: string): Promise<readonly JobEvent[] | null> {
  try {
    return JSON.parse(await readFile(livePath(stateDir, jobId), 'utf8')) as JobEvent[];
  } catch {
    return null;
  }
}

/** Jobs that have told something and not ended in good order. */
export async function liveJobIds(stateDir: string): Promise<string[]> {
  const names = await readdir(join(stateDir, 'jobs')).catch(() => []);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
}
