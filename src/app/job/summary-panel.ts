import { budgetReason, type JobBatching } from '../../core/batching.ts';
import { describeAgreement } from '../../core/describe-agreement.ts';
import { describeOutput } from '../../core/describe-output.ts';
import type { WeightsReport } from '../../core/dtype.ts';
import type { DeviceAgreement, JobSummary } from '../../core/job-event.ts';
import type { RunMetrics } from '../../core/run-metrics.ts';
import { el, show } from '../view/element.ts';
import { countText, durationText, percentText, rateText } from '../view/format-text.ts';
import type { RunView } from './run-view.ts';

/** The facts of a finished job: the same numbers as in the terminal. */
export function summaryPanel(): { element: HTMLElement; update(view: RunView): void } {
  const title = el('h2', { id: 'summary-title' }, 'Summary');
  const body = el('tbody', {});
  const element = el(
    'section',
    { class: 'card', attr: { 'aria-labelledby': title.id } },
    title,
    el('table', { class: 'facts-table', attr: { 'aria-labelledby': title.id } }, body),
  );
  let shown: JobSummary | null = null;
  return {
    element,
    update({ summary }) {
      if (!show(element, summary !== null) || summary === null || summary === shown) return;
      shown = summary;
      body.replaceChildren(
        ...summaryFacts(summary).map(([name, value]) =>
          el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, value)),
        ),
      );
    },
  };
}

/** Said where there was a GPU to compare. */
function agreementFact(agreement: DeviceAgreement | null): readonly (readonly [string, string])[] {
  if (agreement === null) return [];
  const words = `${describeAgreement(agreement)} on ${countText(agreement.rows)} rows`;
  return [['Agreement with WASM', words]];
}

function weightsFact(weights: WeightsReport | null): readonly (readonly [string, string])[] {
  return weights === null ? [] : [['Weights', `${weights.dtype}, ${weights.path} – ${weights.reason}`]];
}

/** Where the last run's time went. */
function metricsFacts(metrics: RunMetrics | null): readonly (readonly [string, string])[] {
  if (metrics === null) return [];
  return [
    ['Device busy', percentText(metrics.deviceBusyShare)],
    ['Time with a commit open', percentText(metrics.commitShare)],
    ['Bytes read back a row', countText(metrics.readbackBytesPerRow)],
  ];
}

function batchingFact(batching: JobBatching | null): readonly (readonly [string, string])[] {
  if (batching === null) return [];
  return [['Tokens a batch, at most', `${countText(batching.budgetTokens)} – ${budgetReason(batching)}`]];
}

function outputFact({ output, activation }: JobSummary): readonly [string, string] {
  const [name, value] = describeOutput(output, activation);
  return [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, value];
}

function windowFacts({ windows, rowsSplit }: JobSummary): readonly (readonly [string, string])[] {
  if (windows === 0) return [];
  return [
    ['Rows longer than the model, split', countText(rowsSplit)],
    ['Windows of all rows', countText(windows)],
  ];
}

function roundFacts({ rounds = [] }: JobSummary): readonly (readonly [string, string])[] {
  return rounds.map(({ round, rowsRetried, rowsMended }) => [
    `Retry ${round}`,
    `${countText(rowsRetried)} rows run again, ${countText(rowsMended)} of them mended`,
  ]);
}

/** Name and value of each fact, in reading order. */
function summaryFacts(summary: JobSummary): readonly (readonly [string, string])[] {
  return [
    ['Rows', countText(summary.rows)],
    [summary.output.kind === 'vector' ? 'Rows embedded' : 'Rows classified', countText(summary.rowsEmbedded)],
    ['Rows in quarantine', countText(summary.rowsQuarantined)],
    ...roundFacts(summary),
    ['Rows cut to the longest input', countText(summary.rowsTruncated)],
    ...windowFacts(summary),
    ['Rows computed once with an equal one', countText(summary.rowsCopied)],
    ['Rows from earlier runs', countText(summary.rowsResumed)],
    outputFact(summary),
    ['Tokens', countText(summary.tokens)],
    ['Batches', countText(summary.batches)],
    ...batchingFact(summary.batching),
    ['Padding ratio', percentText(summary.paddingRatio)],
    ['Compute time', durationText(summary.computeSeconds)],
    ['Rows per second', rateText(summary.rowsPerSecond)],
    ['Tokens per second', rateText(summary.tokensPerSecond)],
    ['Device', `${summary.device.label} – ${summary.device.reason}`],
    ...weightsFact(summary.weights),
    ...agreementFact(summary.agreement),
    ...metricsFacts(summary.metrics),
  ];
}
