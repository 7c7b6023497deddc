import { expect, test } from 'vitest';
import type { DeviceReport } from '../../../src/core/device-info.ts';
import { jobSummary } from '../../../src/pipeline/job-summary.ts';
import { NO_TOTALS } from '../../../src/store/job-schema.ts';
import { ingestOf, totalsOf } from '../../support/job-totals.ts';

const device: DeviceReport = { provider: 'wasm', label: 'wasm', reason: '', adapter: null, threads: 1 };

const weights = { dtype: 'fp16', path: 'onnx/model_fp16.onnx', reason: 'as asked' } as const;

test('sums up a job: every row is embedded or quarantined, rates are over the time of computing', () => {
  const totals = totalsOf({
    rowsEmbedded: 80,
    rowsRefused: 15,
    rowsCopied: 7,
    tokens: 750,
    paddedTokens: 1000,
    batches: 4,
    computeMs: 5000,
  });
  const summary = jobSummary(
    totals,
    ingestOf(1, { rows: 100, rejects: 5, complete: true }),
    device,
    weights,
    { kind: 'vector', dims: 384, element: 'float32' },
    null,
    30,
    { rows: 4, worstCosine: 0.9999 },
    { budgetTokens: 2048, runCostTokens: 16, source: 'found', halved: 1 },
    null,
  );
  expect(summary).toMatchObject({
    rows: 100,
    rowsEmbedded: 80,
    rowsQuarantined: 20,
    rowsCopied: 7,
    rowsResumed: 30,
    output: { kind: 'vector', dims: 384, element: 'float32' },
    weights,
    agreement: { rows: 4, worstCosine: 0.9999 },
    batching: { budgetTokens: 2048, source: 'found', halved: 1 },
  });
  expect(summary).toMatchObject({
    computeSeconds: 5,
    rowsPerSecond: 16,
    tokensPerSecond: 150,
    paddingRatio: 0.25,
  });
});

test('has no division by zero for a job of which no row could be run', () => {
  const summary = jobSummary(
    NO_TOTALS,
    ingestOf(1, { rows: 3, rejects: 3, complete: true }),
    device,
    weights,
    { kind: 'labels', labels: ['no', 'yes'], count: 1 },
    'softmax',
    0,
    null,
    null,
    null,
  );
  expect(summary).toMatchObject({
    rowsPerSecond: 0,
    tokensPerSecond: 0,
    paddingRatio: 0,
    rowsQuarantined: 3,
    output: { kind: 'labels' },
    activation: 'softmax',
  });
});
