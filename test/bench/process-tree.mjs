// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * @typedef {{ readonly rssBytes: number, readonly pssBytes: number, readonly processes: number }} TreeMemory
 * `rssBytes` counts memory that processes share once for each of them; `pssBytes` counts it once in all.
 */

/**
 * Memory of a process and all its descendants at this moment, from /proc (Linux), without that of the bench itself.
 *
 * @param {number} root process id
 * @returns {TreeMemory}
 */
export function treeMemory(root) {
  let rssBytes = 0;
  let pssBytes = 0;
  const pids = descendants(root).filter((pid) => pid !== process.pid);
  for (const pid of pids) {
    const rollup = readOrEmpty(`/proc/${pid}/smaps_rollup`);
    rssBytes += kilobytes(rollup, 'Rss') * 1024;
    pssBytes += kilobytes(rollup, 'Pss') * 1024;
  }
  return { rssBytes, pssBytes, processes: pids.length };
}

/** Linux counts CPU time in hundredths of a second, whatever its kernel was built with (`USER_HZ`). */
const TICKS_A_SECOND = 100;

/**
 * CPU time of a process and all its descendants, also of those that ended meanwhile: says more than wall time where other
 * programs share the machine. What a process uses between the last look and its end is not seen, so look often.
 */
export class TreeCpu {
  /** @type {Map<number, number>} ticks by process id, as last seen */
  #ticks = new Map();
  #root;

  /** @param {number} root process id */
  constructor(root) {
    this.#root = root;
  }

  /** Looks, and returns the seconds so far; NaN where there is no /proc. */
  seconds() {
    for (const pid of descendants(this.#root)) {
      const stat = readOrEmpty(`/proc/${pid}/stat`);
      if (stat === '') continue;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // utime and stime are the 14th and 15th fields, the state behind the name is the third.
      this.#ticks.set(pid, Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
    }
    if (this.#ticks.size === 0) return NaN;
    return [...this.#ticks.values()].reduce((sum, ticks) => sum + ticks, 0) / TICKS_A_SECOND;
  }
}

/** A process and all its descendants, itself first. @param {number} root */
export function descendants(root) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  if (!existsSync('/proc')) return [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The command's name, in brackets, may hold anything; the parent's id is the second field behind it.
    const stat = readOrEmpty(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (let i = 0; i < found.length; i++)
    found.push(...(children.get(/** @type {number} */ (found[i])) ?? []));
  return found;
}

/** @param {string} text @param {string} field */
function kilobytes(text, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

/** @param {string} path */
function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended meanwhile.
    return '';
  }
}
