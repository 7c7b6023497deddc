import type { JobBatching } from '../core/batching.ts';
import type { DeviceReport } from '../core/device-info.ts';
import type { WeightsReport } from '../core/dtype.ts';
import type { Activation } from '../core/finish.ts';
import type { ExportFacts } from '../core/job-api.ts';
import type { DeviceAgreement, JobSummary } from '../core/job-event.ts';
import type { ResultOutput } from '../core/result-output.ts';
import type { RunMetrics } from '../core/run-metrics.ts';
import type { IngestState, JobTotals } from '../store/job-schema.ts';

export function longTextCounts({ rowsTruncated, rowsSplit, passages }: JobTotals): ExportFacts['longTexts'] {
  return { rowsTruncated, rowsSplit: rowsSplit ?? 0, windows: passages ?? 0 };
}

export function computeTimings({ computeMs, rowsEmbedded, tokens }: JobTotals): ExportFacts['compute'] {
  const seconds = computeMs / 1000;
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
  return { seconds, rowsPerSecond: perSecond(rowsEmbedded), tokensPerSecond: perSecond(tokens) };
}

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
  const compute = computeTimings(totals);
  return {
    rows: ingest.rows,
    rowsEmbedded: totals.rowsEmbedded,
    rowsQuarantined: totals.rowsRefused + ingest.rejects,
    ...longTextCounts(totals),
    rowsCopied: totals.rowsCopied,
    rowsResumed,
    tokens: totals.tokens,
    paddingRatio: totals.paddedTokens === 0 ? 0 : 1 - totals.tokens / totals.paddedTokens,
    batches: totals.batches,
    output,
    activation,
    computeSeconds: compute.seconds,
    rowsPerSecond: compute.rowsPerSecond,
    tokensPerSecond: compute.tokensPerSecond,
    device,
    weights,
    agreement,
    batching,
    metrics,
  };
}
