// @ts-check
import { readdirSync } from 'node:fs';
import { descendants, treeMemory } from '../bench/process-tree.mjs';
import { countHandles } from './count-handles.mjs';

const MIB = 2 ** 20;

/**
 * @typedef {{
 *   readonly minute: number,
 *   readonly rows: number,
 *   readonly rssMiB: number,
 *   readonly pssMiB: number,
 *   readonly jsHeapMiB: number,
 *   readonly buffersMiB: number,
 *   readonly workers: number,
 *   readonly files: number,
 *   readonly processes: number,
 *   readonly gpuBuffers: number,
 *   readonly gpuMiB: number,
 *   readonly connections: number,
 *   readonly transactions: number,
 * }} Sample
 * Of the runner, the browser and all their children. `buffersMiB` are array buffers, WebAssembly memories among them.
 */

/**
 * Memory and handles now.
 * @param {import('../chaos/cli-run.mjs').CliRun} run
 * @param {import('../chaos/cdp-client.mjs').CdpClient} cdp
 * @param {number} minute
 * @returns {Promise<Sample>}
 */
export async function takeSample(run, cdp, minute) {
  const workers = cdp.workers('');
  const places = cdp.page === null ? workers : [cdp.page, ...workers];
  let heapBytes = 0;
  let bufferBytes = 0;
  for (const place of places) {
    // One that ends meanwhile has nothing. Objects are not counted by class: `Runtime.queryObjects` crashes Chromium 156
    // in a worker that shares memory with others.
    // What nobody holds is no growth, and is collected when the browser feels like it.
    await cdp.send('HeapProfiler.collectGarbage', {}, place.sessionId).catch(() => null);
    const usage = await cdp.send('Runtime.getHeapUsage', {}, place.sessionId).catch(() => null);
    heapBytes += usage?.usedSize ?? 0;
    bufferBytes += usage?.backingStorageSize ?? 0;
  }
  const { gpuBytes, ...handles } = await countHandles(cdp, places);
  const { rssBytes, pssBytes, processes } = treeMemory(run.pid);
  return {
    minute,
    rows: run.rowsDone,
    rssMiB: Math.round(rssBytes / MIB),
    pssMiB: Math.round(pssBytes / MIB),
    jsHeapMiB: Math.round(heapBytes / MIB),
    buffersMiB: Math.round(bufferBytes / MIB),
    workers: workers.length,
    files: descendants(run.pid).reduce((sum, pid) => sum + openFiles(pid), 0),
    processes,
    ...handles,
    gpuMiB: Math.round(gpuBytes / MIB),
  };
}

/** @param {number} pid */
function openFiles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}
