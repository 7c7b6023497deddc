// @ts-check
import { COMMIT_INTERVAL_MS } from './campaign.mjs';

/** @typedef {import('./ledger.mjs').Injected} Injected */

const HEAD = [
  'fault',
  'injected',
  'same run',
  'resumed',
  'rows lost',
  'computed twice, median / most rows',
  'most, of an interval',
  'running again, median / most',
];

/**
 * The campaign in a table, a line a kind of fault.
 * @param {{
 *   readonly seed: string,
 *   readonly ledger: import('./ledger.mjs').Ledger,
 *   readonly notInjected: number,
 *   readonly powerCuts: string,
 * }} campaign
 */
export function reportText({ seed, ledger, notInjected, powerCuts }) {
  const { injected, failures, jobs, hangs, seconds } = ledger;
  const failed = failures.length > 0;
  const survived = failed
    ? 'see below'
    : `all survived, ${injected.filter(({ ended }) => !ended).length} within the same run`;
  const text = [
    `Seed ${seed}: ${injected.length} faults injected in ${jobs} jobs, ${survived}; ${hangs} hangs; ${Math.round(seconds / 6) / 10} minutes.`,
    `Moments: ${[...groupedBy(injected, ({ moment }) => moment)].map(([moment, { length }]) => `${moment} ${length}`).join(', ')}.`,
    '',
    ...tableOf(injected),
    '',
    powerCuts,
    ...(notInjected === 0 ? [] : [`${notInjected} planned faults were not injected.`]),
    `Computed twice: rows that the run before had computed and that the resumed one had not, in rows and as a share of what is`,
    `computed within ${COMMIT_INTERVAL_MS / 1000} s, the longest time between two commits; more than that fails the campaign.`,
    failed
      ? `FAILED:\n  ${failures.join('\n  ')}`
      : 'Every job ended with the same bytes as one that ran through: each row once, in order; none lost, repeated or reordered.',
    '',
  ].join('\n');
  return { text, failed };
}

/** @param {readonly Injected[]} injected */
function tableOf(injected) {
  const lines = [HEAD];
  const byName = groupedBy(injected, ({ name }) => name);
  for (const [name, faults] of [...byName, /** @type {const} */ (['all', injected])]) {
    const seconds = faults.flatMap(({ secondsToRun }) => (secondsToRun === null ? [] : [secondsToRun]));
    const repeated = faults.filter(({ ended }) => ended).map(({ rowsRepeated }) => rowsRepeated);
    lines.push([
      name,
      String(faults.length),
      String(faults.filter(({ ended }) => !ended).length),
      String(faults.filter(({ ended }) => ended).length),
      String(sumOf(faults.map(({ rowsLost }) => rowsLost))),
      `${middle(repeated)} / ${Math.max(0, ...repeated)}`,
      `${Math.round(100 * Math.max(0, ...faults.map(({ shareOfInterval }) => shareOfInterval)))} %`,
      seconds.length === 0 ? '-' : `${middle(seconds).toFixed(1)} / ${Math.max(...seconds).toFixed(1)} s`,
    ]);
  }
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const pad = (/** @type {string} */ cell, /** @type {number} */ column) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const [head = '', ...body] = lines.map((line) => `| ${line.map(pad).join(' | ')} |`);
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`,
  );
  return [head, `|${rule.join('|')}|`, ...body];
}

/** @param {readonly number[]} values */
function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** @param {readonly number[]} values */
function middle(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** @template T @param {readonly T[]} list @param {(each: T) => string} key @returns {Map<string, T[]>} */
function groupedBy(list, key) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const each of list) groups.set(key(each), [...(groups.get(key(each)) ?? []), each]);
  return groups;
}
