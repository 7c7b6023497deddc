/**
 * The summary of a job of the fake page. A file of its own, so that the type gate sees when one of these gets another shape.
 *
 * @param {{ rows: number, rowsQuarantined: number, rowsResumed: number }} counts
 * @param {import('../../../src/core/device-info.ts').DeviceReport} device
 * @returns {import('../../../src/core/job-event.ts').JobSummary}
 */
export function fakeSummary({ rows, rowsQuarantined, rowsResumed }, device) {
  return {
    rows,
    rowsEmbedded: rows - rowsQuarantined,
    rowsQuarantined,
    rowsTruncated: 0,
    rowsSplit: 0,
    windows: 0,
    rowsCopied: 0,
    rowsResumed,
    tokens: 1,
    paddingRatio: 0,
    batches: 1,
    output: { kind: 'vector', dims: 1, element: 'float32' },
    activation: null,
    computeSeconds: 1,
    agreement: null,
    metrics: null,
    batching: null,
    weights: null,
    rowsPerSecond: 1,
    tokensPerSecond: 1,
    device,
  };
}

/**
 * What an export of the fake page says of its job.
 *
 * @type {import('../../../src/core/job-api.ts').ExportOutcome['facts']}
 */
export const FAKE_FACTS = {
  fingerprint: { model: 'fake' },
  device: null,
  output: { kind: 'vector', dims: 1, element: 'int8' },
  longTexts: { rowsTruncated: 0, rowsSplit: 0, windows: 0 },
  compute: { seconds: 1, rowsPerSecond: 1, tokensPerSecond: 1 },
  rounds: [],
};
