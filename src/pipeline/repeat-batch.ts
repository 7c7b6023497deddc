import { rowsOfExample } from '../batch/example-rows.ts';
import type { FirstMet } from '../core/batch.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import type { DeviceResult, DeviceTask } from './device-result.ts';
import type { DeviceRunner } from './device-runner.ts';
import type { EarlierResults } from './earlier-results.ts';

export type RepeatedResult = {
  readonly result: DeviceResult;
  /** Tokens that were run all the same. */
  readonly tokens: number;
};

/**
 * The results of examples that earlier rows have had. One whose earlier row went to quarantine is run, alone: it ends by itself,
 * for what was wrong with the earlier one may have passed.
 *
 * @param repeats where each of the task's examples was met first; those rows have ended
 */
export async function repeatBatch(
  task: DeviceTask,
  repeats: readonly FirstMet[],
  earlier: EarlierResults,
  runner: DeviceRunner,
): Promise<RepeatedResult> {
  const found = await earlier.of(repeats);
  const rows: number[] = [];
  const values: Uint8Array[] = [];
  const refused: QuarantineRecord[] = [];
  let tokens = 0;
  for (const [place, example] of task.examples.entries()) {
    const value = found[place] ?? null;
    if (value !== null) {
      for (const row of rowsOfExample(task.rows, example)) {
        rows.push(row);
        values.push(value);
      }
      continue;
    }
    const length = task.window.lengths[example]!;
    const alone = await runner.run({
      ...task,
      examples: Uint32Array.of(example),
      paddedLength: length,
    });
    tokens += length;
    rows.push(...alone.rows);
    values.push(alone.values);
    refused.push(...alone.refused);
  }
  return { result: { rows: Uint32Array.from(rows), values: joined(values), refused }, tokens };
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
