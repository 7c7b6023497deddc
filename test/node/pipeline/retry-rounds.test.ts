import { expect, test } from 'vitest';
import { longTextCounts } from '../../../src/pipeline/job-summary.ts';
import { roundTotals } from '../../../src/pipeline/retry-rounds.ts';
import { ingestOf, totalsOf } from '../../support/job-totals.ts';
import { testHeader } from '../../support/test-job.ts';

test('the windows of split texts are those of the job and of its retries', () => {
  const round = (id: string, rowsSplit: number, passages: number) => ({
    id,
    meta: {
      header: testHeader(id),
      ingest: ingestOf(1, { rows: 10 }),
      totals: totalsOf({ rowsEmbedded: 5, rowsSplit, passages, rowsTruncated: 1 }),
    },
  });
  const rounds = { job: round('job', 3, 12), finished: [round('job~1', 1, 4)], open: [] };
  expect(longTextCounts(roundTotals(rounds))).toEqual({ rowsTruncated: 2, rowsSplit: 4, windows: 16 });
});
