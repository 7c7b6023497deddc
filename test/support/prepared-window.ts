import type { PreparedWindow } from '../../src/pipeline/prepare-windows.ts';
import { scriptedTask } from './scripted-device.ts';
import { testWindow } from './test-job.ts';

/** A window whose rows have these marks, `rows` of them a batch. */
export function preparedWindow(
  ordinal: number,
  marks: readonly number[],
  rows: number,
  change: Partial<PreparedWindow> = {},
): PreparedWindow {
  const task = scriptedTask(marks);
  const plans = Array.from({ length: Math.ceil(marks.length / rows) }, (_, batch) => ({
    ordinal: batch,
    examples: task.examples.slice(batch * rows, (batch + 1) * rows),
    paddedLength: 3,
  }));
  return {
    record: testWindow(ordinal, plans.length),
    isNew: true,
    examples: task.window,
    rows: task.rows,
    plans,
    refused: [],
    truncated: 0,
    copies: 0,
    split: 0,
    passages: 0,
    ...change,
  };
}
