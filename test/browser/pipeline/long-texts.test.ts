import { expect, test } from 'vitest';
import type { ByteRangeRef } from '../../../src/core/byte-range.ts';
import type { RunOutcome } from '../../../src/core/job-api.ts';
import type { JobSummary } from '../../../src/core/job-event.ts';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import type { DeviceApi, IngestApi, PrepareApi, WorkerSpawners } from '../../../src/pipeline/ports.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { resultSchema, storedResults } from '../../../src/pipeline/stored-results.ts';
import { connectWorker } from '../../../src/rpc/connect-worker.ts';
import type { WorkerPort } from '../../../src/rpc/worker-port.ts';
import { readJobMeta } from '../../../src/store/job-meta.ts';
import { openExistingJob } from '../../../src/store/open-job-database.ts';
import { bertGraph } from '../../fixtures/bert/bert-graph.mjs';
import { protobufBytes } from '../../fixtures/onnx/protobuf-message.mjs';
import { testJobId } from '../../support/test-job.ts';
import { vectorNumbers } from '../../support/vector-bytes.ts';

const DIMS = 32;
const SHAPE = {
  layers: 2,
  hidden: DIMS,
  heads: 4,
  intermediate: 64,
  maxPositions: 64,
  vocab: 30_004,
  seed: 5,
};
const WORDS =
  'the of cat river 👍 music Ångström stone, green runs 中文 under bright old window paper north'.split(' ');

/** Row 3 is empty; rows 5 and 25 have the same text, which has several windows, and so have 8 and 28, which have one. */
const TEXTS = Array.from({ length: 40 }, (_, row) => {
  if (row === 3) return '';
  const kind = row % 20;
  const length = kind % 3 === 2 ? 40 * kind : 1 + kind;
  const number = kind === 5 || kind === 8 ? kind : row;
  return Array.from({ length }, (__, i) => WORDS[(number * 7 + i * (1 + (kind % 5))) % WORDS.length]!).join(
    ' ',
  );
});

/** A real BERT of random weights over the words of the demo model. */
async function bert(): Promise<Record<string, ByteRangeRef>> {
  const onnx = protobufBytes(bertGraph({ ...SHAPE, tokenTypeIds: true, output: 'last_hidden_state' }));
  const config = JSON.stringify({
    model_type: 'bert',
    max_position_embeddings: SHAPE.maxPositions,
    pad_token_id: 0,
  });
  const tokenizer = await fetch('/models/glove-30k/tokenizer.json');
  const files: Record<string, Blob> = {
    'config.json': new Blob([config]),
    'tokenizer.json': await tokenizer.blob(),
    'onnx/model.onnx': new Blob([onnx]),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, blob]) => [name, { kind: 'blob' as const, name, blob }]),
  );
}

const model = { name: 'small-bert', files: await bert() };

/** The real workers of the product. @param onBatch told of each batch that a device is given */
function spawners(onBatch: () => void): WorkerSpawners {
  return {
    ingest: () =>
      connectWorker<IngestApi>(
        new Worker(new URL('../../../workers/ingest.ts', import.meta.url), { type: 'module' }),
        'ingest worker',
      ),
    prepare: () =>
      connectWorker<PrepareApi>(
        new Worker(new URL('../../../workers/preprocess.ts', import.meta.url), { type: 'module' }),
        'preprocess worker',
      ),
    device: (): WorkerPort<DeviceApi> => {
      const { api, terminate } = connectWorker<DeviceApi>(
        new Worker(new URL('../../../workers/device.ts', import.meta.url), { type: 'module' }),
        'device worker',
      );
      const run: DeviceApi['run'] = (input) => {
        onBatch();
        return api.run(input);
      };
      return { api: { probe: () => api.probe(), load: (request) => api.load(request), run }, terminate };
    },
    export: () => {
      throw new TypeError('nothing is exported here');
    },
  };
}

type Job = {
  readonly texts: readonly string[];
  readonly task: object;
  /** Stops it when the device is given this batch, and goes on with it. */
  readonly stopAt?: number;
  readonly diskBytes?: number;
  readonly onBatch?: () => void;
};

/** Runs a job to its end; what an export would be given. */
async function run({ texts, task, stopAt = Infinity, diskBytes, onBatch }: Job) {
  const jobId = testJobId();
  const lines = texts.map((text, n) => JSON.stringify({ n, text })).join('\n');
  const input: ByteRangeRef = { kind: 'blob', name: 'rows.jsonl', blob: new Blob([lines]) };
  const spec = parseJobSpec({
    input: { path: 'rows.jsonl', keep: ['n'] },
    model: { path: 'small-bert' },
    task,
    device: 'wasm',
    batchTokens: 256,
    output: { path: 'out.npy' },
  });
  const summaries: JobSummary[] = [];
  const part = async (resume: boolean): Promise<RunOutcome> => {
    const stop = new AbortController();
    let batches = 0;
    return runJob(
      {
        ...{ jobId, resume, spec, input: [input], model, ingestAhead: 'bounded' },
        ...(diskBytes === undefined ? {} : { diskBytes }),
      },
      {
        spawn: spawners(() => {
          onBatch?.();
          if (++batches === stopAt && !resume) stop.abort();
        }),
        now: Date.now,
        cores: 1,
        memoryBytes: 2 ** 33,
        stop: stop.signal,
        onEvent: (event) => event.kind === 'summary' && summaries.push(event.summary),
      },
    );
  };
  if (stopAt < Infinity)
    expect(await part(false)).toMatchObject({ kind: 'paused', rowsDone: expect.any(Number) });
  expect(await part(stopAt < Infinity)).toMatchObject({ kind: 'computed' });
  const db = await openExistingJob(jobId);
  try {
    const schema = await resultSchema([{ db, meta: (await readJobMeta(db))! }]);
    const rows: number[] = [];
    const windows: string[] = [];
    const vectors: Float32Array[] = [];
    for await (const batch of storedResults(db, schema)) {
      const numbers = vectorNumbers(batch.values);
      for (const [index, row] of batch.rows.entries()) {
        rows.push(row);
        windows.push(schema.columns.map(({ name }) => `${name} ${batch.kept[name]![index]}`).join());
        vectors.push(numbers.slice(index * DIMS, (index + 1) * DIMS));
      }
    }
    expect(rows.length).toBe(schema.rowCount);
    return { rows, windows, vectors, summary: summaries[0]! };
  } finally {
    db.close();
  }
}

function largestGap(a: readonly Float32Array[], b: readonly ArrayLike<number>[]): number {
  expect(a.length).toBe(b.length);
  return Math.max(
    ...a.flatMap((vector, row) => Array.from(vector, (value, d) => Math.abs(value - b[row]![d]!))),
  );
}

test('windows have the vectors of rows of their own, however often the job was stopped, and pooled the mean of them', async () => {
  const split = await run({ texts: TEXTS, task: { long: 'split', overlap: 9 } });
  const { rows, windows, summary } = split;
  // n and the row are the same; every row but the empty one is there, in order.
  const places = windows.map((text) => {
    const [number, start, end, n] = text.split(',').map((part) => Number(part.split(' ')[1]));
    return { number: number!, start: start!, end: end!, n: n! };
  });
  expect(places.map(({ n }) => n)).toEqual(rows);
  expect([...new Set(rows)]).toEqual([...TEXTS.keys()].filter((row) => row !== 3));
  expect(summary).toMatchObject({ rows: 40, rowsEmbedded: 39, rowsTruncated: 0, windows: rows.length });
  expect(summary.rowsSplit).toBe(places.filter(({ number }) => number === 1).length);
  expect(summary.rowsSplit).toBeGreaterThan(8);
  expect(summary.rowsCopied).toBeGreaterThan(5);

  const stopped = await run({ texts: TEXTS, task: { long: 'split', overlap: 9 }, stopAt: 4 });
  expect(stopped.windows).toEqual(windows);
  expect(stopped.vectors).toEqual(split.vectors);
  expect(stopped.summary).toMatchObject({ rowsEmbedded: 39, windows: rows.length });
  expect(stopped.summary.rowsResumed).toBeGreaterThan(0);

  const slices = places.map(({ start, end, n }) => Array.from(TEXTS[n]!).slice(start, end).join(''));
  const alone = await run({ texts: slices, task: {} });
  expect(alone.summary.rowsTruncated).toBe(0);
  expect(largestGap(split.vectors, alone.vectors)).toBeLessThan(1e-5);

  const pooled = await run({ texts: TEXTS, task: { long: 'pool', overlap: 9 } });
  expect(pooled.rows).toEqual([...new Set(rows)]);
  expect(pooled.summary).toMatchObject({ rowsEmbedded: 39, windows: rows.length });
  expect(largestGap(pooled.vectors, await reference(split, slices))).toBeLessThan(1e-6);
});

test('a job whose windows do not fit on the disk is refused before one of them is computed', async () => {
  // Enough for a vector a row, with what is stored beside them.
  const diskBytes = 12_000;
  await run({ texts: TEXTS, task: {}, diskBytes });
  for (const long of ['split', 'pool']) {
    let batches = 0;
    const job = { texts: TEXTS, task: { long }, diskBytes, onBatch: () => void batches++ };
    await expect(run(job)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(batches).toBe(0);
  }
});

/** The mean of each row's windows in doubles, weighted by their tokens, at length 1. */
async function reference(
  split: { readonly rows: readonly number[]; readonly vectors: readonly Float32Array[] },
  slices: readonly string[],
): Promise<Float64Array[]> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const json = JSON.parse(await (model.files['tokenizer.json'] as { blob: Blob }).blob.text()) as object;
  const tokenizer = new Tokenizer(json, {});
  const sums = new Map<number, Float64Array>();
  for (const [index, row] of split.rows.entries()) {
    const { ids } = tokenizer.encode(slices[index]!, { add_special_tokens: false });
    const sum = sums.get(row) ?? new Float64Array(DIMS);
    for (let d = 0; d < DIMS; d++) sum[d]! += ids.length * split.vectors[index]![d]!;
    sums.set(row, sum);
  }
  return Array.from(sums.values(), (sum) => sum.map((value) => value / Math.hypot(...sum)));
}
