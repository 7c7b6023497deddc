import { expect, test } from 'vitest';
import type { ByteRangeRef } from '../../../src/core/byte-range.ts';
import type { JobSummary } from '../../../src/core/job-event.ts';
import { parseJobSpec } from '../../../src/core/job-spec.ts';
import { runJob } from '../../../src/pipeline/run-job.ts';
import { openExistingJob } from '../../../src/store/open-job-database.ts';
import { demoModelFiles, REAL_WORKERS } from '../../support/real-workers.ts';
import { testJobId } from '../../support/test-job.ts';

/** Windows of 1024, 8192 and 784 rows. */
const ROWS = 10_000;
const WORDS = 'the of cat river music stone green runs under bright old window paper north'.split(' ');
const ONCE_EVERY = 4;
const TEXTS = 500;

/** Every fourth text is there once; the others are there in every window, and again and again. */
function input(): ByteRangeRef {
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const text = row % ONCE_EVERY === 0 ? row + TEXTS : row % TEXTS;
    const words = Array.from({ length: text % 12 }, () => 'word');
    for (let rest = text; rest > 0; rest = Math.floor(rest / WORDS.length))
      words.push(WORDS[rest % WORDS.length]!);
    return JSON.stringify({ text: words.join(' ') });
  });
  return { kind: 'blob', name: 'rows.jsonl', blob: new Blob([lines.join('\n')]) };
}

const DISTINCT = ROWS / ONCE_EVERY + TEXTS * (1 - 1 / ONCE_EVERY);

/** Runs until the end, or until `rows` are done. */
async function run(jobId: string, resume: boolean, rows = Infinity): Promise<JobSummary | null> {
  const spec = parseJobSpec({
    input: { path: 'rows.jsonl' },
    model: { path: 'glove-30k' },
    device: 'wasm',
    batchTokens: 1024,
    output: { path: 'out.npy' },
  });
  const stop = new AbortController();
  const outcome = await runJob(
    {
      ...{ jobId, resume, spec, input: [input()], ingestAhead: 'bounded' },
      model: await demoModelFiles(),
    },
    {
      ...{ spawn: REAL_WORKERS, now: Date.now, cores: 2, memoryBytes: 8 * 2 ** 30, stop: stop.signal },
      onEvent: (event) => {
        if (event.kind === 'progress' && event.progress.rowsDone >= rows) stop.abort();
      },
    },
  );
  return outcome.kind === 'computed' ? outcome.summary : null;
}

/** The vectors as they are stored, in the order of their rows. */
async function vectorsOf(jobId: string): Promise<Uint8Array> {
  const db = await openExistingJob(jobId);
  const results = await db.getAll('results');
  db.close();
  const rows = results.flatMap((result) => [...result.rows]);
  expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, row) => row));
  const width = results[0]!.values.byteLength / results[0]!.rows.length;
  const vectors = new Uint8Array(ROWS * width);
  for (const result of results) {
    for (const [i, row] of result.rows.entries())
      vectors.set(new Uint8Array(result.values, i * width, width), row * width);
  }
  return vectors;
}

test('equal texts of a job are run once, wherever they stand, and a stopped job goes on to the same bytes', async () => {
  const [once, stopped] = [testJobId(), testJobId()];
  const summary = await run(once, false);
  expect(summary).toMatchObject({ rows: ROWS, rowsEmbedded: ROWS, rowsCopied: ROWS - DISTINCT });
  expect(summary!.metrics!.rowsRun).toBe(DISTINCT);
  const vectors = await vectorsOf(once);
  const width = vectors.length / ROWS;
  const vectorOf = (row: number) => vectors.subarray(row * width, (row + 1) * width).join();
  // Row 501 has the text of row 1, and row 9501 in the last window, too.
  expect([501, 9501].map(vectorOf)).toEqual([vectorOf(1), vectorOf(1)]);
  expect(vectorOf(2)).not.toBe(vectorOf(1));

  expect(await run(stopped, false, 1024)).toBeNull();
  const resumed = await run(stopped, true);
  expect(resumed!.rowsResumed).toBeGreaterThanOrEqual(1024);
  expect(resumed).toMatchObject({ rowsEmbedded: ROWS, rowsCopied: ROWS - DISTINCT, tokens: summary!.tokens });
  const same = (await vectorsOf(stopped)).every((byte, i) => byte === vectors[i]);
  expect(same, 'the same bytes as a job that ran through').toBe(true);
});
