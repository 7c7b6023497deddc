// @ts-check

/** @typedef {import('./take-sample.mjs').Sample} Sample */

/**
 * How much each may grow between the first and the last third of the time after warm-up: a share of it, and a number beside.
 * Garbage, caches and the browser's own files come and go by as much.
 * @type {readonly (readonly [key: keyof Sample, label: string, share: number, beside: number])[]}
 */
const BOUNDS = [
  ['rssMiB', 'memory of all processes, MiB (RSS)', 0.1, 64],
  ['pssMiB', 'the same, shared pages once (PSS)', 0.1, 64],
  ['jsHeapMiB', 'JavaScript heaps, MiB', 0.1, 16],
  ['buffersMiB', 'array buffers and WebAssembly memories, MiB', 0.1, 32],
  ['workers', 'workers', 0, 0],
  ['files', 'open files and sockets', 0.1, 32],
  ['processes', 'processes', 0, 1],
  ['gpuBuffers', 'GPU buffers alive', 0.1, 16],
  ['gpuMiB', 'the same, MiB', 0.1, 16],
  ['connections', 'IndexedDB connections open', 0, 0],
  // Those at this very moment: each worker may have one or two at work.
  ['transactions', 'IndexedDB transactions open', 0, 4],
];

/**
 * What is held of each id, so that one that is used twice is found (README, limits): 16 to 32 bytes, in tables that double.
 * It grows with the job, and counts in these.
 */
const ID_BYTES = { least: 16, most: 32 };
/** @type {readonly (keyof Sample)[]} */
const WITH_IDS = ['rssMiB', 'pssMiB', 'buffersMiB'];

/**
 * A table of start, middle and end, and whether anything grew beyond its bound.
 * @param {readonly Sample[]} samples
 * @param {readonly Sample[]} warm those after the warm-up
 * @param {boolean} ids the rows have an id column
 */
export function growth(samples, warm, ids) {
  const third = Math.max(1, Math.floor(warm.length / 3));
  const early = warm.slice(0, third);
  const late = warm.slice(-third);
  const rows = (/** @type {readonly Sample[]} */ part) => median(part.map((sample) => sample.rows));
  const idsMiB = (ID_BYTES.most * rows(late) - ID_BYTES.least * rows(early)) / 2 ** 20;
  const at = (/** @type {Sample | undefined} */ sample) =>
    `${sample?.minute.toFixed(1)} min, ${sample?.rows} rows`;
  const [start, middle, end] = [samples[0], samples[Math.floor(samples.length / 2)], samples.at(-1)];
  const lines = [
    `| | start (${at(start)}) | middle (${at(middle)}) | end (${at(end)}) | after warm-up, first and last third | may be | |`,
    '|---|---:|---:|---:|---:|---:|---|',
  ];
  let grown = warm.length < 3;
  for (const [key, label, share, beside] of BOUNDS) {
    const before = median(early.map((sample) => sample[key]));
    const after = median(late.map((sample) => sample[key]));
    const forIds = ids && WITH_IDS.includes(key) ? idsMiB : 0;
    const most = Math.round(before * (1 + share) + beside + forIds);
    grown ||= after > most;
    const cells = [start, middle, end].map((sample) => String(sample?.[key] ?? '-'));
    lines.push(
      `| ${label} | ${cells.join(' | ')} | ${before}, ${after} | ${most} | ${after > most ? 'GROWN' : 'flat'} |`,
    );
  }
  return { text: lines.join('\n'), grown };
}

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
