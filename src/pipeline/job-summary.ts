import type { JobBatching } from '../core/batching.ts';
import type { DeviceReport } from '../core/device-info.ts';
import type { WeightsReport } from '../core/dtype.ts';
import type { Activation } from '../core/finish.ts';
import type { DeviceAgreement, JobSummary } from '../core/job-event.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { RunMetrics } from '../core/run-metrics.ts';
import type { IngestState, JobTotals } from '../store/job-schema.ts';

/** Facts of a job whose rows are all done. */
export function jobSummary(
  totals: JobTotals,
  ingest: IngestState,
  device: DeviceReport,
  weights: WeightsReport,
  output: ResultOutput,
  activation: Activation | null,
  rowsResumed: number,
  agreement: DeviceAgreement | null,
  batching: JobBatching | null,
  metrics: RunMetrics | null,
): JobSummary {
  const computeSeconds = totals.computeMs / 1000;
  const perSecond = (count: number) => (computeSeconds > 0 ? count / computeSeconds : 0);
  return {
    rows: ingest.rows,
    rowsEmbedded: totals.rowsEmbedded,
    rowsQuarantined: totals.rowsRefused + ingest.rejects,
    rowsTruncated: totals.rowsTruncated,
    rowsSplit: totals.rowsSplit ?? 0,
    windows: totals.passages ?? 0,
    rowsCopied: totals.rowsCopied,
    rowsResumed,
    tokens: totals.tokens,
    paddingRatio: totals.paddedTokens === 0 ? 0 : 1 - totals.tokens / totals.paddedTokens,
    batches: totals.batches,
    output,
    activation,
    computeSeconds,
    rowsPerSecond: perSecond(totals.rowsEmbedded),
    tokensPerSecond: perSecond(totals.tokens),
    device,
    weights,
    agreement,
    batching,
    metrics,
  };
}
