import { compareFingerprints } from '../core/fingerprint.ts';
import { JobError } from '../core/job-error.ts';
import type { RetryRound } from '../core/retry-round.ts';
import { readJobMeta, type JobMeta } from '../store/job-meta.ts';
import type { JobTotals } from '../store/job-schema.ts';
import { listRoundIds, openJobDatabase, withExistingJob } from '../store/open-job-database.ts';

type StoredRound = { readonly id: string; readonly meta: JobMeta };

/** A job with its retries. Each is stored as a job of its own; together they are what is exported. */
export type JobRounds = {
  readonly job: StoredRound;
  /** Retries that are finished, first to last. What is in quarantine is what the last one left there. */
  readonly finished: readonly StoredRound[];
  /** Ids of those behind them, which do not count before they are finished. */
  readonly open: readonly string[];
};

/** @throws JobError `JOB_NOT_FOUND`; `STATE_LOST` for a job that was never begun. */
export async function readRounds(jobId: string): Promise<JobRounds> {
  const meta = await metaOf(jobId);
  if (meta === null) throw new JobError('STATE_LOST', `Job ${jobId} has no stored state.`);
  const ids = await listRoundIds(jobId);
  const finished: StoredRound[] = [];
  for (const id of ids) {
    const round = await metaOf(id);
    if (round === null || !isComputed(round)) break;
    finished.push({ id, meta: round });
  }
  return { job: { id: jobId, meta }, finished, open: ids.slice(finished.length) };
}

function metaOf(id: string): Promise<JobMeta | null> {
  return withExistingJob(id, readJobMeta);
}

/** True when every row of it is committed. */
export function isComputed({ header }: JobMeta): boolean {
  return header.state === 'computed' || header.state === 'done';
}

/** What every row of a job and its finished retries came to. */
export function roundTotals({ job, finished }: JobRounds): JobTotals {
  const all = [job, ...finished].map(({ meta }) => meta.totals);
  const sum = (pick: (totals: JobTotals) => number) => all.reduce((total, each) => total + pick(each), 0);
  const last = (finished.at(-1) ?? job).meta;
  return {
    rowsEmbedded: sum(({ rowsEmbedded }) => rowsEmbedded),
    rowsRefused: last.totals.rowsRefused,
    rowsTruncated: sum(({ rowsTruncated }) => rowsTruncated),
    rowsCopied: sum(({ rowsCopied }) => rowsCopied),
    tokens: sum(({ tokens }) => tokens),
    paddedTokens: sum(({ paddedTokens }) => paddedTokens),
    batches: sum(({ batches }) => batches),
    computeMs: sum(({ computeMs }) => computeMs),
    windows: sum(({ windows }) => windows),
    rowsSplit: sum(({ rowsSplit }) => rowsSplit ?? 0),
    passages: sum(({ passages }) => passages ?? 0),
  };
}

/** Rows in quarantine now. */
export function rowsQuarantined({ job, finished }: JobRounds): number {
  const { totals, ingest } = (finished.at(-1) ?? job).meta;
  return totals.rowsRefused + ingest.rejects;
}

/** Facts of the retries that are finished. */
export function roundFacts({ job, finished }: JobRounds): readonly RetryRound[] {
  const before = job.meta.header.fingerprint ?? {};
  return finished.map(({ meta: { header, ingest, totals } }, index) => ({
    round: index + 1,
    rowsRetried: ingest.rows,
    rowsMended: totals.rowsEmbedded,
    rowsQuarantined: totals.rowsRefused + ingest.rejects,
    changed: [
      ...compareFingerprints(before, header.fingerprint ?? {}).map(
        (change) => `${change.name} was ${change.before} and is now ${change.now}`,
      ),
      ...limitChange(job.meta, header.spec.maxQuarantine),
    ],
  }));
}

function limitChange(
  { header }: JobMeta,
  now: JobMeta['header']['spec']['maxQuarantine'],
): readonly string[] {
  const before = header.spec.maxQuarantine;
  return before === now ? [] : [`max quarantine was ${before} and is now ${now}`];
}

/** The databases of a job and its finished retries, to read from. The caller closes them. */
export async function openRounds({ job, finished }: JobRounds) {
  return Promise.all(
    [job, ...finished].map(async ({ id, meta }) => ({ id, meta, db: await openJobDatabase(id) })),
  );
}
