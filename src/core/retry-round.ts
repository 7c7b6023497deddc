/** One run of the rows in quarantine of a finished job, as the job's summary and its manifests tell of it. */
export type RetryRound = {
  /** From 1. */
  readonly round: number;
  readonly rowsRetried: number;
  /** Of these: have a result now. */
  readonly rowsMended: number;
  /** Still in quarantine. */
  readonly rowsQuarantined: number;
  /** What was other than when the job was run, a phrase each: `max length was 512 and is now 64`. */
  readonly changed: readonly string[];
};

/** In no job's id. */
const MARK = '~';

/** Id under which a job's nth retry is stored, as if it were a job of its own beside the first one. */
export function roundId(jobId: string, round: number): string {
  return `${jobId}${MARK}${round}`;
}

export function isRoundId(id: string): boolean {
  return id.includes(MARK);
}

/** Ids of a job's retries among others, first to last. */
export function roundIdsOf(jobId: string, ids: readonly string[]): readonly string[] {
  const start = `${jobId}${MARK}`;
  return ids
    .filter((id) => id.startsWith(start))
    .sort((a, b) => Number(a.slice(start.length)) - Number(b.slice(start.length)));
}
