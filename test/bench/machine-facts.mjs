// @ts-check
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/**
 * @typedef {{ readonly cpu: string, readonly cores: number, readonly memoryGib: number, readonly node: string,
 *   readonly loadAverage: readonly number[], readonly versions: Readonly<Record<string, string>> }} MachineFacts
 */

/**
 * What a figure depends on besides the code. The load average is that of before the bench: above about 0.3 something
 * else was running, and the figures are not to be kept.
 *
 * @returns {Promise<MachineFacts>}
 */
export async function machineFacts() {
  const [load = 0, load5 = 0] = loadavg();
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    loadAverage: [load, load5].map((value) => Number(value.toFixed(2))),
    versions: {
      millrace: await versionOf('../../package.json'),
      'onnxruntime-web': await versionOf('../../node_modules/onnxruntime-web/package.json'),
      'transformers.js': await versionOf(
        '../../.cache/bench-rival/node_modules/@huggingface/transformers/package.json',
      ),
    },
  };
}

/** @param {string} path relative to this file @returns {Promise<string>} */
async function versionOf(path) {
  const text = await readFile(new URL(path, import.meta.url), 'utf8').catch(() => '{}');
  return JSON.parse(text).version ?? 'not installed';
}
