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
];

/**
 * A table of start, middle and end, and whether anything grew beyond its bound.
 * @param {readonly Sample[]} samples
 * @param {readonly Sample[]} warm those after the warm-up
 */
export function growth(samples, warm) {
  const third = Math.max(1, Math.floor(warm.length / 3));
  const early = warm.slice(0, third);
  const late = warm.slice(-third);
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
    const most = Math.round(before * (1 + share) + beside);
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
