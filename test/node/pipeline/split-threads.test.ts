import { describe, expect, test } from 'vitest';
import { splitThreads } from '../../../src/pipeline/split-threads.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

describe('splitThreads', () => {
  test.each([
    ['a small model: a worker a thread', 2, 7 * MIB, 8 * GIB, { workers: 2, threads: 1 }],
    ['one core', 1, 7 * MIB, 8 * GIB, { workers: 1, threads: 1 }],
    ['MiniLM on eight', 8, 90 * MIB, 8 * GIB, { workers: 8, threads: 1 }],
    ['room for five copies: four workers of two', 8, 200 * MIB, 8 * GIB, { workers: 4, threads: 2 }],
    ['a large model: one worker of all', 8, 1300 * MIB, 8 * GIB, { workers: 1, threads: 8 }],
    ['room for two copies, three threads', 3, 500 * MIB, 8 * GIB, { workers: 1, threads: 3 }],
    ['room for five copies, eleven threads', 11, 200 * MIB, 8 * GIB, { workers: 5, threads: 2 }],
    ['little memory', 4, 90 * MIB, GIB, { workers: 1, threads: 4 }],
    ['more threads than one session can use', 16, 1300 * MIB, 8 * GIB, { workers: 1, threads: 8 }],
  ] as const)('%s', (_name, threads, weightBytes, memoryBytes, expected) => {
    expect(splitThreads('wasm', threads, weightBytes, memoryBytes)).toEqual(expected);
  });

  test('never more threads than there are, whatever the model', () => {
    for (let threads = 1; threads <= 32; threads++) {
      for (let weightBytes = MIB; weightBytes < 4 * GIB; weightBytes *= 2) {
        const split = splitThreads('wasm', threads, weightBytes, 8 * GIB);
        expect(split.workers).toBeGreaterThanOrEqual(1);
        expect(split.threads).toBeGreaterThanOrEqual(1);
        expect(split.workers * split.threads).toBeLessThanOrEqual(threads);
      }
    }
  });

  test('a GPU has one worker', () => {
    expect(splitThreads('webgpu', 8, MIB, 8 * GIB)).toEqual({ workers: 1, threads: 8 });
  });
});
