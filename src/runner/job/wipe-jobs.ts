import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRecord } from '../../core/job-api.ts';
import { JobError } from '../../core/job-error.ts';
import { roundId } from '../../core/retry-round.ts';
import type { StoredPage } from '../../core/stored-record.ts';
import { outputFormatOf } from '../../core/output-format.ts';
import type { PageSession } from '../browser/page-session.ts';
import { freeProfile } from '../browser/stale-browser.ts';
import type { JobManifest } from '../state/job-manifest.ts';
import { clearStaging } from '../server/output-folder.ts';
import { removeSpool } from '../input/spool-stdin.ts';
import { livePath } from '../state/live-file.ts';
import type { ManifestFolder } from '../state/manifest-folder.ts';
import { beginProfile, replaceProfile } from '../state/replace-profile.ts';
import { profileDirIn } from '../state/state-dir.ts';
import type { RunnerSession } from './open-session.ts';
import { outputNames } from './output-names.ts';

export type WipeOptions = {
  readonly stateDir: string;
  /** Ids of the jobs to keep; their stored rows are moved to a new profile. */
  readonly kept: readonly string[];
  /** Opens the page on a profile; not called when nothing is kept. */
  readonly open: (profileDir: string) => Promise<RunnerSession>;
  readonly say: (line: string) => void;
};

/**
 * Makes a new profile with the jobs to keep, and deletes the old one as a whole. Deleting a job within a profile leaves its
 * text there: LevelDB only notes that a record is deleted, and drops it at some later compaction, which nothing outside the
 * browser can ask for. The caller holds the lock of the state directory.
 * @throws JobError; the old profile is as it was then.
 */
export async function wipeProfile(options: WipeOptions): Promise<void> {
  const { stateDir, kept } = options;
  await freeProfile(profileDirIn(stateDir));
  const next = await beginProfile(stateDir);
  if (kept.length > 0) await moveJobs(options, next);
  await replaceProfile(stateDir);
}

async function moveJobs({ stateDir, kept, open, say }: WipeOptions, profile: string): Promise<void> {
  const from = await open(profileDirIn(stateDir));
  try {
    const to = await open(profile);
    try {
      const records = (await from.page.call('list')).filter(({ id }) => kept.includes(id));
      for (const record of records) {
        say(`Moving job ${record.id} (${record.rowsDone} rows) to a new profile.`);
        for (const id of [record.id, ...retryIds(record)]) await moveJob(from.page, to.page, id);
      }
      checkMoved(records, await to.page.call('list'));
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

function retryIds({ id, retries }: JobRecord): readonly string[] {
  return Array.from({ length: retries }, (_, index) => roundId(id, index + 1));
}

async function moveJob(from: PageSession, to: PageSession, id: string): Promise<void> {
  let after: StoredPage['next'] = null;
  for (;;) {
    const { records, next }: StoredPage = await from.call('readStored', id, after).catch((cause: unknown) => {
      throw cannotKeep(id, (cause as Error).message, cause);
    });
    await to.call('writeStored', id, records, next === null);
    if (next === null) return;
    after = next;
  }
}

function checkMoved(before: readonly JobRecord[], after: readonly JobRecord[]): void {
  for (const { id, rowsDone, rowsQuarantined, state } of before) {
    const moved = after.find((record) => record.id === id);
    const same =
      moved?.rowsDone === rowsDone && moved.rowsQuarantined === rowsQuarantined && moved.state === state;
    if (!same) throw cannotKeep(id, `${moved?.rowsDone ?? 0} of ${rowsDone} rows arrived in the new profile`);
  }
}

function cannotKeep(id: string, reason: string, cause?: unknown): JobError {
  return new JobError('STORE_CORRUPT', `Job ${id}, which is to be kept, cannot be moved: ${reason}.`, {
    hint: `Nothing was wiped. Wipe ${id} as well, or every job with --all.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Deletes what lies outside the profile: manifests, and files that a process which was killed left half-written. */
export async function wipeFiles(
  stateDir: string,
  manifests: ManifestFolder,
  jobs: readonly JobManifest[],
  ids: readonly string[],
): Promise<void> {
  for (const { spec } of jobs) {
    const { path: out, rowsPerFile } = spec.output;
    const names = outputNames(out, outputFormatOf(spec.output), rowsPerFile !== undefined);
    // What is there but is no output of ours stays.
    if (names.staging !== null) await clearStaging(names.staging).catch(() => undefined);
    else for (const path of [names.main, ...names.companions()]) await rm(`${path}.part`, { force: true });
  }
  for (const id of ids) {
    await manifests.remove(id);
    // Of a process that was killed, and of a job that has not read all of its standard input.
    await rm(livePath(stateDir, id), { force: true });
    await removeSpool(stateDir, id);
  }
  for (const folder of [stateDir, join(stateDir, 'jobs')]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  }
}
