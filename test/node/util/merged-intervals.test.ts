import { expect, test } from 'vitest';
import { MergedIntervals } from '../../../src/util/merged-intervals.ts';

function totalOf(...intervals: readonly (readonly [number, number])[]): number {
  const merged = new MergedIntervals();
  for (const [start, end] of intervals) merged.add(start, end);
  return merged.total;
}

test('gaps do not count, and what overlaps or touches counts once', () => {
  expect(totalOf()).toBe(0);
  expect(totalOf([10, 20])).toBe(10);
  expect(totalOf([10, 20], [30, 35])).toBe(15);
  expect(totalOf([10, 20], [15, 18], [19, 40], [40, 41])).toBe(31);
  expect(totalOf([0, 5], [2, 3], [4, 9], [20, 30], [25, 26], [29, 31])).toBe(20);
});

test('intervals that are empty or turned around change nothing', () => {
  expect(totalOf([5, 5], [9, 3], [10, 20], [20, 12])).toBe(10);
});
