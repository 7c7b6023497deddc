import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { JobError } from '../../core/job-error.ts';
import type { InputFormat } from '../../core/input-format.ts';
import { StopSignals } from '../job/stop-signals.ts';

/** What stands for standard input among the arguments. */
export const STDIN = '-';

function spoolFolder(stateDir: string, jobId: string): string {
  return join(stateDir, 'stdin', jobId);
}

/**
 * Writes standard input to a file of the job's own, because a resume must find it again; see `removeSpool`.
 * @returns its path. @throws JobError `INPUT_EMPTY`, `INPUT_NOT_FOUND` for a terminal, `ABORTED` after a signal.
 */
export async function spoolStdin(
  stdin: Readable & { readonly isTTY?: boolean },
  stateDir: string,
  jobId: string,
  format: InputFormat,
): Promise<string> {
  if (stdin.isTTY === true)
    throw new JobError('INPUT_NOT_FOUND', 'The input is -, and standard input is a terminal.', {
      hint: 'Pipe the rows into it: … | millrace run - --format jsonl',
    });
  const folder = spoolFolder(stateDir, jobId);
  const path = join(folder, `stdin.${format}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  const signals = new StopSignals();
  signals.onStop(() => stop.abort());
  try {
    await pipeline(stdin, createWriteStream(path, { mode: 0o600 }), { signal: stop.signal });
    if ((await stat(path)).size === 0)
      throw new JobError('INPUT_EMPTY', 'Standard input is empty: it has no rows.');
    return path;
  } catch (thrown) {
    await removeSpool(stateDir, jobId);
    if (stop.signal.aborted) throw new JobError('ABORTED', 'Stopped while standard input was read.');
    throw thrown;
  } finally {
    signals.dispose();
  }
}

/** Deletes what was kept of standard input, if anything. */
export async function removeSpool(stateDir: string, jobId: string): Promise<void> {
  await rm(spoolFolder(stateDir, jobId), { recursive: true, force: true });
}
