import { describe, expect, test } from 'vitest';
import { packPassages, passageAt } from '../../../src/core/passage.ts';
import { joinDeviceResults, toDeviceResult } from '../../../src/pipeline/device-result.ts';
import { outputOf, rowOf, SCRIPTED_OUTPUT, scriptedTask } from '../../support/scripted-device.ts';
import { vectorBytes, vectorNumbers } from '../../support/vector-bytes.ts';

const task = scriptedTask([5, 6, 7, 8]);
const vectors = [
  [5, 50],
  [6, NaN],
  [7, 70],
  [8, Infinity],
];

describe('toDeviceResult', () => {
  test('ties each vector to the row that was asked for', () => {
    const output = outputOf(vectors);
    expect(toDeviceResult(task, output, SCRIPTED_OUTPUT)).toEqual({
      rows: Uint32Array.of(1005, 1006, 1007, 1008),
      values: vectorBytes(vectors.flat()),
      refused: [],
    });
  });

  test('refuses rows that are not finite and keeps the others with their own vectors', () => {
    const result = toDeviceResult(task, outputOf(vectors, [1, 3]), SCRIPTED_OUTPUT);
    expect(result.rows).toEqual(Uint32Array.of(1005, 1007));
    expect(result.values).toEqual(vectorBytes([5, 50, 7, 70]));
    expect(result.refused).toEqual(
      [6, 8].map((mark) => ({
        row: rowOf(mark),
        id: null,
        code: 'ROW_NOT_FINITE',
        message: expect.stringContaining('NaN'),
        attempts: 1,
      })),
    );
  });

  test('says what of its row each result is, and which window was refused', () => {
    // Held the other way round: example 0 is 8, and so on.
    const passages = packPassages([
      { number: 2, count: 3, start: 90, end: 120, tokens: 4 },
      { number: 1, count: 3, start: 40, end: 95, tokens: 9 },
      { number: 0, count: 3, start: 0, end: 50, tokens: 9 },
      { number: 0, count: 1, start: 0, end: 7, tokens: 2 },
    ]);
    const rows = { ...task.rows, rows: Uint32Array.of(9, 9, 9, 4), passages };
    const result = toDeviceResult({ ...task, rows }, outputOf(vectors, [1, 3]), SCRIPTED_OUTPUT);
    expect(result.rows).toEqual(Uint32Array.of(4, 9));
    expect([0, 1].map((index) => passageAt(result.passages!, index))).toEqual([
      expect.objectContaining({ number: 0, count: 1, end: 7 }),
      expect.objectContaining({ number: 1, count: 3, start: 40 }),
    ]);
    expect(result.refusedPassages).toEqual([0, 2]);
    expect(result.refused.map(({ row, message }) => [row, message])).toEqual([
      [9, expect.stringMatching(/ for window 0 of the 3 of this row \(characters 0 to 50\)$/)],
      [9, expect.stringMatching(/ for window 2 of the 3 of this row \(characters 90 to 120\)$/)],
    ]);
    const joined = joinDeviceResults(result, result);
    expect(joined.refusedPassages).toEqual([0, 2, 0, 2]);
    expect(joined.passages).toEqual(Uint32Array.of(...result.passages!, ...result.passages!));
  });

  test('gives each row of a shared example its vector, or its refusal', () => {
    // Example 3 is 5, example 2 is 6 and stands for two rows more, as does example 1, which is 7.
    const rows = {
      rows: Uint32Array.of(1008, 1007, 2007, 1006, 2006, 3006, 1005),
      starts: Uint32Array.of(0, 1, 3, 6, 7),
    };
    const result = toDeviceResult({ ...task, rows }, outputOf(vectors, [1, 3]), SCRIPTED_OUTPUT);
    expect([...result.rows]).toEqual([1005, 1007, 2007]);
    expect([...vectorNumbers(result.values)]).toEqual([5, 50, 7, 70, 7, 70]);
    expect(result.refused.map(({ row }) => row)).toEqual([1006, 2006, 3006, 1008]);
  });

  test('refuses rows whose values the element cannot hold, by a code of their own', () => {
    const output = { ...outputOf(vectors, [1]), outOfRange: [1, 2] };
    const result = toDeviceResult(task, output, SCRIPTED_OUTPUT);
    expect([...result.rows]).toEqual([1005, 1008]);
    expect(result.refused).toMatchObject([
      { row: 1006, code: 'ROW_NOT_FINITE' },
      { row: 1007, code: 'ROW_OUT_OF_RANGE', message: expect.stringContaining('65504') },
    ]);
  });

  test.each([
    ['a row too few', 24, 8],
    ['a row too many', 40, 8],
    ['another width', 32, 16],
  ])('throws at %s', (_name, bytes, rowBytes) => {
    const output = { ...outputOf(vectors), values: new Uint8Array(bytes), rowBytes };
    expect(() => toDeviceResult(task, output, SCRIPTED_OUTPUT)).toThrow(
      expect.objectContaining({
        code: 'DEVICE_RUN_FAILED',
        message: expect.stringContaining('for 4 rows of 8'),
      }),
    );
  });
});

test('joinDeviceResults keeps the order of both', () => {
  const a = toDeviceResult(
    scriptedTask([1, 2]),
    outputOf(
      [
        [1, 1],
        [2, 2],
      ],
      [0],
    ),
    SCRIPTED_OUTPUT,
  );
  const b = toDeviceResult(scriptedTask([3]), outputOf([[3, 3]]), SCRIPTED_OUTPUT);
  const joined = joinDeviceResults(a, b);
  expect([...joined.rows]).toEqual([1002, 1003]);
  expect([...vectorNumbers(joined.values)]).toEqual([2, 2, 3, 3]);
  expect(joined.refused.map((record) => record.row)).toEqual([1001]);
});
