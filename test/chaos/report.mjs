// @ts-check
import { COMMIT_EVERY_MS } from './campaign.mjs';

/** @typedef {import('./campaign.mjs').Injected} Injected */

/**
 * The campaign in a table, a line a kind of fault.
 * @param {{
 *   readonly seed: string,
 *   readonly injected: readonly Injected[],
 *   readonly failures: readonly string[],
 *   readonly jobs: number,
 *   readonly notInjected: number,
 *   readonly powerCuts: string,
 *   readonly seconds: number,
 * }} campaign
 */
export function reportText({ seed, injected, failures, jobs, notInjected, powerCuts, seconds }) {
  /** @type {Map<string, Injected[]>} */
  const byName = new Map();
  for (const fault of injected) byName.set(fault.name, [...(byName.get(fault.name) ?? []), fault]);
  const lines = [
    [
      'fault',
      'injected',
      'same run',
      'resumed',
      'rows lost',
      'repeated, most',
      'running again, median / most',
    ],
  ];
  for (const [name, faults] of [...byName, /** @type {const} */ (['all', injected])]) {
    const seconds = faults.map(({ secondsToRun }) => secondsToRun ?? 0).toSorted((a, b) => a - b);
    lines.push([
      name,
      String(faults.length),
      String(faults.filter(({ ended }) => !ended).length),
      String(faults.filter(({ ended }) => ended).length),
      String(sumOf(faults.map(({ rowsLost }) => rowsLost))),
      String(Math.max(0, ...faults.map(({ rowsRepeated }) => rowsRepeated ?? 0))),
      `${(seconds[Math.floor(seconds.length / 2)] ?? 0).toFixed(1)} / ${(seconds.at(-1) ?? 0).toFixed(1)} s`,
    ]);
  }
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  const table = lines.map(
    (line) =>
      `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`,
  );
  table.splice(
    1,
    0,
    `|${widths.map((width, column) => '-'.repeat(column === 0 ? width + 2 : width + 1) + (column === 0 ? '' : ':')).join('|')}|`,
  );
  /** @type {Map<string, number>} */
  const moments = new Map();
  for (const { moment } of injected) moments.set(moment, (moments.get(moment) ?? 0) + 1);
  const failed = failures.length > 0;
  const text = [
    `Seed ${seed}: ${injected.length} faults in ${jobs} jobs, ${Math.round(seconds)} s.`,
    `Moments: ${[...moments].map(([moment, count]) => `${moment} ${count}`).join(', ')}.`,
    '',
    ...table,
    '',
    powerCuts,
    ...(notInjected === 0 ? [] : [`${notInjected} planned faults were not injected.`]),
    `Repeated: rows that may have been computed and not committed when the fault came; a commit is due every ${COMMIT_EVERY_MS} ms.`,
    failed
      ? `FAILED:\n  ${failures.join('\n  ')}`
      : 'Every job ended with the same bytes as one that ran through: each row once, in order. No hang.',
    '',
  ].join('\n');
  return { text, failed };
}

/** @param {readonly number[]} counts */
function sumOf(counts) {
  return counts.reduce((sum, count) => sum + count, 0);
}
