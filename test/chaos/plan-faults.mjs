// @ts-check

/** @typedef {'start' | 'ingest' | 'batch' | 'commit' | 'export' | 'between'} Moment */
/** @typedef {{ readonly name: string, readonly moment: Moment }} PlannedFault */

/** @type {readonly (readonly [name: string, share: number, moments: readonly Moment[]])[]} */
const KILLS = [
  ['kill -9 of the runner', 0.3, ['start', 'ingest', 'batch', 'commit', 'export']],
  ['kill -9 of the browser', 0.3, ['start', 'ingest', 'batch', 'commit', 'export']],
  ['kill -9 of the page', 0.12, ['ingest', 'batch', 'commit', 'export']],
  ['end of the job worker', 0.04, ['batch', 'commit']],
  ['end of an ingest worker', 0.06, ['ingest']],
  ['end of a preprocess worker', 0.06, ['ingest', 'batch']],
  ['end of a device worker', 0.08, ['batch', 'commit']],
  ['end of an export worker', 0.04, ['export']],
];

/** @type {typeof KILLS} */
const DEVICE_LOSSES = [
  ['device.destroy()', 0.6, ['batch', 'commit']],
  ['crash of the GPU process', 0.2, ['batch', 'commit']],
  ['kill -9 of the GPU process', 0.2, ['batch', 'commit']],
];

/** @type {typeof KILLS} */
const OTHERS = [
  ['no memory in the device worker', 0.12, ['batch']],
  ['no memory in the job worker', 0.08, ['batch', 'commit']],
  ['no memory in an ingest worker', 0.06, ['ingest']],
  ['no memory in a preprocess worker', 0.06, ['ingest', 'batch']],
  ['quota full', 0.16, ['ingest', 'batch', 'commit']],
  ['input cut short while it is read', 0.16, ['ingest']],
  ['input changed between runs', 0.14, ['between']],
  ['storage cleared while it is used', 0.08, ['ingest', 'batch', 'commit', 'export']],
  ['page frozen for 0.5-2 s', 0.14, ['ingest', 'batch', 'export']],
];

/** One each: a watchdog has to wait before it is sure. */
const HANGS = [
  'hang of a device worker',
  'hang of a preprocess worker',
  'hang of an ingest worker',
  'hang of the job worker',
];

/**
 * Faults of a campaign in the order in which they are tried, by the seed.
 * @param {{ readonly kills: number, readonly deviceLosses: number, readonly others: number, readonly hangs: number }} counts
 * @param {() => number} random
 * @returns {{ readonly onCpu: PlannedFault[], readonly onGpu: PlannedFault[] }}
 */
export function planFaults({ kills, deviceLosses, others, hangs }, random) {
  /** @type {readonly Moment[]} */
  const moments = ['batch', 'batch', 'ingest', 'batch'];
  const hung = HANGS.slice(0, hangs).map((name, index) => ({ name, moment: moments[index] ?? 'batch' }));
  return {
    onCpu: shuffled([...spread(KILLS, kills, random), ...spread(OTHERS, others, random), ...hung], random),
    onGpu: shuffled(spread(DEVICE_LOSSES, deviceLosses, random), random),
  };
}

/** @param {typeof KILLS} table @param {number} count @param {() => number} random @returns {PlannedFault[]} */
function spread(table, count, random) {
  /** @type {PlannedFault[]} */
  const faults = [];
  let due = 0;
  for (const [name, share, moments] of table) {
    due += share * count;
    while (faults.length < Math.round(due)) {
      const moment = /** @type {Moment} */ (moments[Math.floor(random() * moments.length)]);
      faults.push({ name, moment });
    }
  }
  return faults;
}

/** @template T @param {T[]} list @param {() => number} random */
function shuffled(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [/** @type {T} */ (list[j]), /** @type {T} */ (list[i])];
  }
  return list;
}
