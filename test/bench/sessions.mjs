// @ts-check
import { figure, table } from './table.mjs';

/** `[rows, length]` of a batch. The first comes again at the end, when its kernels are compiled. */
const SHAPES = /** @type {const} */ ([
  [4, 32],
  [2, 64],
  [4, 32],
]);
const KINDS = /** @type {const} */ (['dynamic', 'static', 'captured']);
const RUNS_A_ROUND = 10;
const MIB = 2 ** 20;

/**
 * What fixed dims and recorded commands (ONNX Runtime's `freeDimensionOverrides` and `enableGraphCapture`) save a run, and
 * what a session of them costs, on one GPU device. Every kind must give the same bytes.
 *
 * @param {{ page: import('./bench-page.mjs').BenchPage, modelUrl: string, rounds: number }} options
 * @returns {Promise<import('./write-report.mjs').Section>}
 */
export async function benchSessions({ page, modelUrl, rounds }) {
  /** @type {string} */
  const device = await page.call('sessions', 'setup', `${modelUrl}onnx/model.onnx`);
  const results = [];
  for (const [rows, length] of SHAPES) {
    /** @type {Set<string>} */
    const sums = new Set();
    for (const kind of KINDS) {
      const trial = { kind, rows, length, runs: rounds * RUNS_A_ROUND };
      /** @type {import('./page/sessions-worker.ts').SessionFigures} */
      const figures = await page.call('sessions', 'measure', trial);
      sums.add(figures.sha256);
      results.push({ ...trial, ...figures });
      console.log(`  ${kind} [${rows}, ${length}]: ${figure(figures.encodeMs)} ms of CPU a run`);
    }
    if (sums.size !== 1) throw new Error(`[${rows}, ${length}]: the sessions gave different bytes`);
  }
  await page.release('sessions');
  const markdown = table(
    [
      'session',
      'shape',
      'CPU ms a run',
      'whole run, ms',
      'calls a run',
      'create, ms',
      'first run, ms',
      'GPU MiB',
      'heap MiB',
    ],
    results.map((result) => [
      result.kind,
      `[${result.rows}, ${result.length}]`,
      figure(result.encodeMs),
      figure(result.wholeMs),
      Object.entries(result.calls)
        .map(([method, count]) => `${count} ${method}`)
        .join(', '),
      figure(result.createMs),
      figure(result.firstRunMs),
      (result.gpuBytes / MIB).toFixed(1),
      (result.heapBytes / MIB).toFixed(1),
    ]),
  );
  const title = 'Sessions: free dims, fixed dims, and recorded commands; the outputs are the same bytes';
  return { title, markdown, targets: [], device, data: results };
}
