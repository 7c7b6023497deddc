// @ts-check
import { table } from './table.mjs';

/**
 * One figure that the project wants to reach. `note` says what it was measured against.
 *
 * @typedef {{ readonly name: string, readonly value: number, readonly limit: number, readonly sense: 'least' | 'most',
 *   readonly unit: string, readonly note: string }} Target
 */

/** @param {string} name @param {number} value @param {number} limit @returns {Target} */
export const atLeast = (name, value, limit, unit = '', note = '') => ({
  ...{ name, value, limit, unit, note },
  sense: 'least',
});

/** @param {string} name @param {number} value @param {number} limit @returns {Target} */
export const atMost = (name, value, limit, unit = '', note = '') => ({
  ...{ name, value, limit, unit, note },
  sense: 'most',
});

/** A figure that is not a number misses. @param {Target} target */
export function reached({ value, limit, sense }) {
  return sense === 'least' ? value >= limit : value <= limit;
}

/** @param {readonly Target[]} targets */
export function targetsTable(targets) {
  return table(
    ['figure', 'measured', 'target', '', 'against'],
    targets.map((target) => {
      const { name, value, limit, sense, unit, note } = target;
      const bound = `${sense === 'least' ? 'at least' : 'at most'} ${limit}${unit}`;
      return [name, `${shown(value)}${unit}`, bound, reached(target) ? 'pass' : '**miss**', note];
    }),
  );
}

/** @param {number} value */
function shown(value) {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
