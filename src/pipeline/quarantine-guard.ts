import { JobError } from '../core/job-error.ts';
import {
  quarantineLimitExceeded,
  type MaxQuarantine,
  type QuarantineCounts,
} from '../core/max-quarantine.ts';
import type { RowErrorCode } from '../core/quarantine.ts';
import type { IngestState, JobTotals } from '../store/job-schema.ts';
import type { JobDatabase } from '../store/open-job-database.ts';
import { eachQuarantined } from '../store/result-store.ts';
import type { OpenedJob } from './open-job.ts';

/** @param retryOf of a retry, which is judged as a part of its job */
export function quarantineCounts(
  totals: JobTotals,
  ingest: IngestState,
  retryOf?: OpenedJob['retryOf'],
): QuarantineCounts {
  const { rowsRefused: refused, rowsEmbedded: embedded } = totals;
  const rejected = ingest.rejects;
  if (retryOf === undefined) return { read: ingest.rows, rejected, refused, embedded };
  return { read: retryOf.rows, rejected, refused, embedded: retryOf.rowsBefore + embedded };
}

/**
 * Why a job must stop because of its quarantine; null while it may go on.
 * @param limit undefined in a job that an older Millrace began
 */
export async function quarantineError(
  db: JobDatabase,
  limit: MaxQuarantine | undefined,
  counts: QuarantineCounts,
  atEnd: boolean,
): Promise<JobError | null> {
  const exceeded = quarantineLimitExceeded(limit ?? 'auto', counts, atEnd);
  if (exceeded === null) return null;
  const byCode = new Map<RowErrorCode, { count: number; readonly first: string }>();
  for await (const { row, code, message } of eachQuarantined(db)) {
    const seen = byCode.get(code);
    if (seen === undefined) byCode.set(code, { count: 1, first: `row ${row}: ${message}` });
    else seen.count++;
  }
  const [most] = [...byCode].toSorted(([, a], [, b]) => b.count - a.count);
  const bad = counts.rejected + counts.refused;
  const ended = Math.min(counts.read, counts.rejected + counts.refused + counts.embedded);
  const reason =
    most === undefined ? '' : ` Most of them (${most[1].count}) are ${most[0]}; the first: ${most[1].first}.`;
  return new JobError(
    'QUARANTINE_LIMIT',
    `The job was stopped, because more rows are in quarantine than ${exceeded}: ${bad} of ${ended} so far.${reason}`,
    {
      hint: 'Everything computed is kept. Mend the input or the parameters and run the job anew, or, if the rows are as they should be, go on with a higher --max-quarantine (100% for none).',
      details: { bad, ended, code: most?.[0] ?? null },
    },
  );
}
