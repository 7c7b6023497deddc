// @ts-check
import { readFileSync } from 'node:fs';
import { descendants } from '../bench/process-tree.mjs';

/**
 * Processes below the runner: `browser` is the browser's own, `gpu-process` and `renderer` are its children's types.
 * The largest one comes first, which among renderers is the page's.
 *
 * @param {number} runnerPid @param {'browser' | 'gpu-process' | 'renderer'} type
 */
export function browserPids(runnerPid, type) {
  return descendants(runnerPid)
    .slice(1)
    .filter((pid) => {
      const words = commandLine(pid);
      const typeWord = words.find((word) => word.startsWith('--type='));
      if (type !== 'browser') return typeWord === `--type=${type}`;
      return typeWord === undefined && words.some((word) => word.startsWith('--user-data-dir='));
    })
    .toSorted((a, b) => residentPages(b) - residentPages(a));
}

/** @param {number} pid */
function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/);
  } catch {
    return [];
  }
}

/** @param {number} pid */
function residentPages(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  } catch {
    return 0;
  }
}
