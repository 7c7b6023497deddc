import { describe, expect, test } from 'vitest';
import type { BatchInput, BatchRun } from '../../../src/core/batch.ts';
import type { AdapterReport, DeviceReport } from '../../../src/core/device-info.ts';
import { JobError } from '../../../src/core/job-error.ts';
import type { BatchingContext } from '../../../src/pipeline/choose-batching.ts';
import { JobBatcher } from '../../../src/pipeline/job-batcher.ts';
import { claimJob, readJobMeta } from '../../../src/store/job-meta.ts';
import { ingestOf } from '../../support/job-totals.ts';
import { beginTestJob, testHeader } from '../../support/test-job.ts';
import { outputOf } from '../../support/scripted-device.ts';

const WASM: DeviceReport = { provider: 'wasm', label: 'wasm', reason: '', adapter: null, threads: 2 };

function gpuOf(change: Partial<AdapterReport> = {}): DeviceReport {
  const adapter = {
    vendor: 'v',
    architecture: 'a',
    description: 'd',
    software: true,
    features: [],
    limits: {},
  };
  return { ...WASM, provider: 'webgpu', adapter: { ...adapter, ...change } };
}

const WIDTHS = { heads: 2, hidden: 64, intermediate: 128 };
/** Those of a batch on WASM. */
const bounds = { ...WIDTHS, maxTensorBytes: 2 ** 28 };

/** 1000 rows of 20 tokens; the input has a hundred times as many. */
const ROWS = 1000;
const EXAMPLES = {
  lengths: new Uint32Array(ROWS).fill(20),
  starts: Uint32Array.from({ length: ROWS }, (_, row) => row * 20),
  tokenIds: new Int32Array(ROWS * 20),
};
const LARGE = ingestOf(1, { rows: ROWS, byte: 1000, bytesTotal: 100_000 });
const SMALL = ingestOf(1, { rows: ROWS, byte: 1000, bytesTotal: 1000, complete: true });

/** A device whose batches take `0.1 + tokens / 1000` ms of its own clock, or do as the script says. */
function deviceOf(script: (tokens: number) => void = () => undefined) {
  let ms = 0;
  const ran: number[] = [];
  const run = async ({ lengths, paddedLength }: BatchInput): Promise<BatchRun> => {
    const tokens = lengths.length * paddedLength;
    ran.push(tokens);
    script(tokens);
    ms += 0.1 + tokens / 1000;
    return {
      ...outputOf(Array.from(lengths, () => [0])),
      cost: { readBytes: 0, run: [0, 0], gpu: null },
    };
  };
  return { ran, session: { run }, clock: () => ms };
}

/** A job whose model no other test has. */
async function startJob(change: Partial<BatchingContext> = {}, device = deviceOf()) {
  const { db, id } = await beginTestJob();
  const told: string[] = [];
  const context: BatchingContext = {
    batchTokens: 'auto',
    device: WASM,
    loaded: { weightSha256: { 'onnx/model.onnx': id } },
    widths: WIDTHS,
    session: device.session,
    ingest: () => LARGE,
    clock: device.clock,
    onEvent: (event) => event.kind === 'notice' && told.push(event.message),
    signal: new AbortController().signal,
    ...change,
  };
  const stored = async () => (await readJobMeta(db))!.header;
  return {
    db,
    told,
    context,
    stored,
    device,
    batcher: new JobBatcher({ db, header: await stored() }, context),
  };
}

/** Another job with the same model on the same device. */
async function nextJob(context: BatchingContext, change: Partial<BatchingContext> = {}) {
  const device = deviceOf();
  const { onEvent: _, ...same } = context;
  return startJob({ ...same, session: device.session, clock: device.clock, ...change }, device);
}

describe('JobBatcher', () => {
  test('finds a budget on the first rows, records it before the window is planned, and says so', async () => {
    const { batcher, device, stored, told } = await startJob();
    const batching = await batcher.forWindow(EXAMPLES, ROWS);
    expect(device.ran.length).toBeGreaterThan(4);
    expect((await stored()).batching).toEqual({
      ...{ budgetTokens: 2048, runCostTokens: 100, bounds, source: 'found', halved: 0 },
    });
    expect(batching).toEqual(batcher.chosen);
    expect(told).toEqual([expect.stringMatching(/^At most 2048 tokens a batch, found on the first rows/)]);
  });

  test('asks once: other windows and a resume have what was recorded', async () => {
    const { db, context, batcher, device, stored } = await startJob();
    const first = await batcher.forWindow(EXAMPLES, ROWS);
    const runs = device.ran.length;
    expect(await batcher.forWindow(EXAMPLES, ROWS)).toEqual(first);
    const elsewhere = { ...context, device: gpuOf({ limits: { maxBufferSize: 1 } }) };
    const resumed = new JobBatcher({ db, header: await stored() }, elsewhere);
    expect(await resumed.forWindow(EXAMPLES, ROWS)).toEqual(first);
    expect(device.ran.length).toBe(runs);
  });

  test('decides nothing on a window without rows', async () => {
    const { batcher, stored } = await startJob();
    const none = { lengths: new Uint32Array(0), starts: new Uint32Array(0), tokenIds: new Int32Array(0) };
    await batcher.forWindow(none, 0);
    expect((await stored()).batching).toBeNull();
  });

  test('takes what the user fixed as it is', async () => {
    const { batcher, device, told } = await startJob({ batchTokens: 777 });
    expect(await batcher.forWindow(EXAMPLES, ROWS)).toMatchObject({ budgetTokens: 777, source: 'fixed' });
    expect(device.ran).toEqual([]);
    expect(told).toEqual([]);
  });

  test('takes the usual budget for a job that is too small to search for', async () => {
    const { batcher, device } = await startJob({ ingest: () => SMALL });
    expect(await batcher.forWindow(EXAMPLES, ROWS)).toMatchObject({ budgetTokens: 1024, source: 'default' });
    expect(device.ran).toEqual([]);
  });

  test('spends at most 2 % of the work of the job', async () => {
    const { batcher, device } = await startJob();
    await batcher.forWindow(EXAMPLES, ROWS);
    expect(device.ran.reduce((sum, tokens) => sum + tokens, 0)).toBeLessThanOrEqual(0.02 * ROWS * 20 * 100);
  });

  test('remembers what it found for the next job, even a small one', async () => {
    const { batcher, context } = await startJob();
    const { budgetTokens, runCostTokens } = await batcher.forWindow(EXAMPLES, ROWS);
    const next = await nextJob(context, { ingest: () => SMALL });
    expect(await next.batcher.forWindow(EXAMPLES, ROWS)).toEqual({
      ...{ budgetTokens, runCostTokens, bounds, source: 'remembered', halved: 0 },
    });
    expect(next.device.ran).toEqual([]);
    expect(next.told).toEqual([
      expect.stringContaining('as an earlier job with this model and device found'),
    ]);
  });

  test.each([
    ['other weights', { loaded: { weightSha256: { 'onnx/model.onnx': 'other' } } }],
    ['other threads', { device: { ...WASM, threads: 1 } }],
    ['another provider', { device: gpuOf() }],
  ])('remembers nothing for %s', async (_name, change) => {
    const { batcher, context } = await startJob();
    await batcher.forWindow(EXAMPLES, ROWS);
    const next = await nextJob(context, { ...change, ingest: () => SMALL });
    expect(await next.batcher.forWindow(EXAMPLES, ROWS)).toMatchObject({ source: 'default' });
  });

  test('tells GPUs apart by what they say of themselves', async () => {
    const { batcher, context } = await startJob({ device: gpuOf() });
    await batcher.forWindow(EXAMPLES, ROWS);
    const sourceOn = async (device: DeviceReport) => {
      const { batcher: next } = await nextJob(context, { device, ingest: () => SMALL });
      await next.forWindow(EXAMPLES, ROWS);
      return next.chosen!.source;
    };
    expect(await sourceOn(gpuOf({ limits: { maxBufferSize: 1 } }))).toBe('remembered');
    expect(await sourceOn(gpuOf({ architecture: 'b' }))).toBe('default');
  });

  test('a larger job looks further where a smaller one had to stop', async () => {
    const ingest = () => ingestOf(1, { rows: ROWS, byte: 1000, bytesTotal: 5000 });
    const { batcher, context, told } = await startJob({ ingest });
    await batcher.forWindow(EXAMPLES, ROWS);
    expect(told[0]).toContain('more would take too long for this job');
    const same = await nextJob(context);
    const larger = await nextJob(context, { ingest: () => LARGE });
    await same.batcher.forWindow(EXAMPLES, ROWS);
    expect(same.batcher.chosen!.source).toBe('remembered');
    await larger.batcher.forWindow(EXAMPLES, ROWS);
    expect(larger.batcher.chosen).toMatchObject({ source: 'found', budgetTokens: 2048 });
  });
});

describe('JobBatcher when the device fails while it looks', () => {
  test('backs off from what does not fit into memory', async () => {
    const device = deviceOf((tokens) => {
      if (tokens > 600) throw new JobError('DEVICE_OUT_OF_MEMORY', 'too large');
    });
    const { batcher, told } = await startJob({}, device);
    expect(await batcher.forWindow(EXAMPLES, ROWS)).toMatchObject({ budgetTokens: 512, source: 'found' });
    expect(told[0]).toContain("does not fit into the device's memory");
  });

  test('takes the usual budget after any other failure', async () => {
    const device = deviceOf(() => {
      throw new JobError('DEVICE_RUN_FAILED', 'a bad row');
    });
    const { batcher, told } = await startJob({}, device);
    expect(await batcher.forWindow(EXAMPLES, ROWS)).toMatchObject({ budgetTokens: 1024, source: 'default' });
    expect(told[0]).toContain('a bad row');
  });

  test('ends with a device that is gone for good, and with a stop, deciding nothing', async () => {
    const gone = deviceOf(() => {
      throw new JobError('DEVICE_UNAVAILABLE', 'gone');
    });
    const job = await startJob({}, gone);
    await expect(job.batcher.forWindow(EXAMPLES, ROWS)).rejects.toThrow('gone');
    const stop = new AbortController();
    const stopping = deviceOf(() => stop.abort());
    const stopped = await startJob({ signal: stop.signal }, stopping);
    await expect(stopped.batcher.forWindow(EXAMPLES, ROWS)).rejects.toThrow(/abort/);
    expect(stopping.ran).toHaveLength(1);
    expect((await stopped.stored()).batching).toBeNull();
  });
});

describe('JobBatcher short of memory', () => {
  const found = { budgetTokens: 8192, runCostTokens: 40, source: 'found', halved: 0 } as const;

  test('halves the budget of windows that are not planned yet, once a plan', async () => {
    const { db, context, told, stored } = await startJob();
    const batcher = new JobBatcher({ db, header: { ...(await stored()), batching: found } }, context);
    for (let batch = 0; batch < 3; batch++) batcher.outOfMemory({ budgetTokens: 8192 });
    expect(await batcher.forWindow(EXAMPLES, ROWS)).toEqual({ ...found, budgetTokens: 4096, halved: 1 });
    expect((await stored()).batching).toMatchObject({ budgetTokens: 4096, halved: 1 });
    expect(told).toHaveLength(1);
    batcher.outOfMemory({ budgetTokens: 4096 });
    await batcher.saved();
    expect((await stored()).batching).toMatchObject({ budgetTokens: 2048, halved: 2, runCostTokens: 40 });
    const next = await nextJob(context);
    expect(await next.batcher.forWindow(EXAMPLES, ROWS)).toMatchObject({ budgetTokens: 2048 });
  });

  test('says so when the job has a newer owner', async () => {
    const { db, context } = await startJob();
    const batcher = new JobBatcher({ db, header: testHeader('x', { batching: found }) }, context);
    await claimJob(db);
    batcher.outOfMemory({ budgetTokens: 8192 });
    await expect(batcher.saved()).rejects.toThrow(expect.objectContaining({ code: 'STATE_BUSY' }));
  });
});
