import { expect, test } from 'vitest';
import type { ByteRangeRef } from '../../../src/core/byte-range.ts';
import type { ExecutionProvider } from '../../../src/core/device-info.ts';
import type { JobSummary } from '../../../src/core/job-event.ts';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import type { DeviceApi, WorkerSpawners } from '../../../src/pipeline/ports.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import type { WearLimits } from '../../../src/pipeline/worker-wear.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import type { WorkerPort } from '../../../src/rpc/worker-port.ts';
import { openExistingJob } from '../../../src/store/open-job-database.ts';
import { deferred } from '../../../src/util/deferred.ts';
import { demoModelFiles, REAL_WORKERS } from '../../support/real-workers.ts';
import { testJobId } from '../../support/test-job.ts';

const ROWS = 95;
const WORDS = 'the of cat river music stone green runs under bright old window paper north'.split(' ');

/**
 * The real workers of the product. A batch that comes to a device worker after its last one waits until the worker after it
 * is loaded, or the job would be done before: a batch takes a millisecond.
 */
function spawners(provider: ExecutionProvider, batchesEach: number): WorkerSpawners {
  const loads: ReturnType<typeof deferred<void>>[] = [];
  const loadOf = (worker: number) => (loads[worker] ??= deferred<void>());
  let started = 0;
  const device = (): WorkerPort<DeviceApi> => {
    const port = connectWorker<DeviceApi>(
      new Worker(new URL('../../../workers/device.ts', import.meta.url), { type: 'module' }),
      'device worker',
    );
    const { api } = port;
    let worker = -1;
    let runs = 0;
    const load: DeviceApi['load'] = async (request) => {
      const loaded = await api.load(request);
      // The comparison's own is the one on WASM of a job on the GPU.
      if (request.provider === provider) loadOf((worker = started++)).resolve();
      return loaded;
    };
    const run: DeviceApi['run'] = async (input) => {
      if (++runs > batchesEach && worker >= 0) await loadOf(worker + 1).promise;
      return api.run(input);
    };
    return { api: { probe: () => api.probe(), load, run }, terminate: () => port.terminate() };
  };

  return { ...REAL_WORKERS, device };
}

/** Texts of one word to many, no two alike. */
function input(): ByteRangeRef {
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const words = Array.from(
      { length: 1 + (row % 40) },
      (__, i) => WORDS[(row * 7 + i * (1 + (row % 5))) % WORDS.length]!,
    );
    return JSON.stringify({ text: `${words.join(' ')} ${row}` });
  });
  return { kind: 'blob', name: 'rows.jsonl', blob: new Blob([lines.join('\n')]) };
}

/** Runs a job whose device workers are replaced after these limits; its rows and vectors as they are stored. */
async function run(device: ExecutionProvider, memoryBytes: number, wear: WearLimits | null) {
  const jobId = testJobId();
  const summaries: JobSummary[] = [];
  const notices: string[] = [];
  const spec = parseJobSpec({
    input: { path: 'rows.jsonl' },
    model: { path: 'glove-30k' },
    device,
    batchTokens: 256,
    dedupe: false,
    output: { path: 'out.npy' },
  });
  const outcome = await runJob(
    {
      jobId,
      resume: false,
      spec,
      input: [input()],
      model: await demoModelFiles(),
      ingestAhead: 'bounded',
    },
    {
      spawn: spawners(device, memoryBytes === ROOM ? (wear?.batches ?? Infinity) : Infinity),
      now: Date.now,
      // One device worker, so that it runs every batch.
      cores: 1,
      memoryBytes,
      stop: new AbortController().signal,
      onEvent: (event) => {
        if (event.kind === 'summary') summaries.push(event.summary);
        if (event.kind === 'notice') notices.push(event.message);
      },
      ...(wear === null ? {} : { wear }),
    },
  );
  expect(outcome.kind).toBe('computed');
  const db = await openExistingJob(jobId);
  const results = await db.getAll('results');
  db.close();
  const vectors = new Map<number, string>();
  const rows: number[] = [];
  for (const result of results) {
    const values = new Uint8Array(result.values);
    const width = values.length / result.rows.length;
    for (const [place, row] of result.rows.entries()) {
      rows.push(row);
      vectors.set(row, values.subarray(place * width, (place + 1) * width).join());
    }
  }
  return {
    rows: rows.sort((a, b) => a - b),
    vectors,
    metrics: summaries[0]!.metrics!,
    batches: summaries[0]!.batches,
    notices,
  };
}

const ROOM = 8 * 2 ** 30;

test.each<[ExecutionProvider, readonly number[]]>([
  // The weights have 6.5 MB, of which the smaller machine has no sixteenth part: the old worker is ended first.
  ['wasm', [ROOM, 2 ** 26]],
  ['webgpu', [ROOM]],
])(
  'on %s a job whose device workers are replaced again and again has the same bytes',
  async (device, memories) => {
    const plain = await run(device, ROOM, null);
    expect(plain.rows).toEqual(Array.from({ length: ROWS }, (_, row) => row));
    expect(plain.metrics.deviceMemory.renewals).toBe(0);
    for (const memoryBytes of memories) {
      const limits = { batches: 5, growthBytes: 2 ** 30, settleBatches: 3 };
      const renewed = await run(device, memoryBytes, limits);
      const { renewals } = renewed.metrics.deviceMemory;
      expect(renewals).toBeGreaterThanOrEqual(2);
      expect(
        renewed.notices.filter((notice) => notice.includes('A fresh device worker took over')),
      ).toHaveLength(renewals);
      expect(renewed.batches).toBe(plain.batches);
      expect(renewed.rows).toEqual(plain.rows);
      expect(renewed.vectors).toEqual(plain.vectors);
    }
  },
);
