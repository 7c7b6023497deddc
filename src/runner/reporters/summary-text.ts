import { budgetReason } from '../../core/batching.ts';
import { describeAgreement } from '../../core/describe-agreement.ts';
import { describeOutput } from '../../core/describe-output.ts';
import type { DeviceAgreement, JobSummary } from '../../core/job-event.ts';
import type { RunMetrics } from '../../core/run-metrics.ts';
import { formatCount, formatDuration, formatRate, formatRows } from './format-number.ts';
import type { OutputEvent } from './runner-event.ts';

/** The block at the end of a job: what was done, on what, how fast, and where it is. */
export function summaryText(summary: JobSummary | null, output: OutputEvent): string {
  const [main = '', ...others] = output.files;
  const lines: (readonly [string, string])[] = [['rows', rowsText(output)]];
  if (summary !== null) {
    if (summary.rowsResumed > 0)
      lines.push(['', `${formatCount(summary.rowsResumed)} of them from earlier runs of this job`]);
    lines.push([
      'speed',
      `${formatRate(summary.rowsPerSecond)} rows/s, ${formatRate(summary.tokensPerSecond)} tokens/s`,
    ]);
    lines.push([
      'tokens',
      `${formatCount(summary.tokens)} in ${formatCount(summary.batches)} batches, ${(summary.paddingRatio * 100).toFixed(1)}% padding`,
    ]);
    if (summary.batching !== null)
      lines.push([
        '',
        `at most ${formatCount(summary.batching.budgetTokens)} a batch, ${budgetReason(summary.batching)}`,
      ]);
    lines.push(['device', summary.device.label]);
    if (summary.device.reason !== '') lines.push(['', summary.device.reason]);
    if (summary.weights !== null) {
      const { dtype, path, reason } = summary.weights;
      lines.push(['weights', `${dtype} (${path})`], ['', reason]);
    }
    if (summary.agreement !== null) lines.push(['', agreementText(summary.agreement)]);
    if (summary.metrics !== null) lines.push(['', metricsText(summary.metrics)]);
    lines.push(describeOutput(summary.output, summary.activation));
    if (summary.rowsCopied > 0)
      lines.push([
        'copies',
        `${summary.windows > 0 ? `${formatCount(summary.rowsCopied)} windows` : formatRows(summary.rowsCopied)} have the tokens of another and were not computed again`,
      ]);
    if (summary.rowsTruncated > 0)
      lines.push(['truncated', `${formatRows(summary.rowsTruncated)} cut to the model's longest input`]);
    if (summary.rowsSplit > 0)
      lines.push([
        'long',
        `${formatRows(summary.rowsSplit)} longer than the model, split; ${formatCount(summary.windows)} windows in all`,
      ]);
  }
  for (const { round, rowsRetried, rowsMended } of summary?.rounds ?? [])
    lines.push([
      `retry ${round}`,
      `${formatRows(rowsRetried)} run again, ${formatCount(rowsMended)} of them mended`,
    ]);
  const quarantineFile = others.find((path) => path.endsWith('.quarantine.jsonl'));
  const where = quarantineFile === undefined ? '' : `, see ${quarantineFile}`;
  lines.push([
    'quarantine',
    output.rowsQuarantined === 0 ? 'none' : `${formatRows(output.rowsQuarantined)}${where}`,
  ]);
  if (summary !== null)
    lines.push([
      'time',
      `${formatDuration(output.seconds)} (computing ${formatDuration(summary.computeSeconds)} in all)`,
    ]);
  else lines.push(['time', formatDuration(output.seconds)]);
  if (output.offline !== undefined)
    lines.push(['offline', output.offline.proven ? 'proven: no packet tried to leave' : 'not proven']);
  lines.push(['output', main]);
  for (const path of others) if (path !== quarantineFile) lines.push(['', path]);
  lines.push(['job', output.jobId]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return `${lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')}\n`;
}

function rowsText({ rows, inputRows }: OutputEvent): string {
  const of = rows === inputRows ? '' : `, windows of ${formatRows(inputRows)} of the input`;
  return `${formatCount(rows)} written${of}`;
}

function agreementText(agreement: DeviceAgreement): string {
  return `agrees with WASM on ${formatRows(agreement.rows)} (${describeAgreement(agreement)})`;
}

/** `busy 97% of the time · commits 0.8% · 404 bytes read back a row`. */
function metricsText({ deviceBusyShare, commitShare, readbackBytesPerRow }: RunMetrics): string {
  const percent = (share: number, digits: number) => `${(share * 100).toFixed(digits)}%`;
  return `busy ${percent(deviceBusyShare, 0)} of the time · commits ${percent(commitShare, 1)} · ${formatCount(readbackBytesPerRow)} bytes read back a row`;
}
