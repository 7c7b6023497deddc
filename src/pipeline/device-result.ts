import { rowsOfExample, type ExampleRows } from '../batch/example-rows.ts';
import type { WindowExamples } from '../batch/gather-batch.ts';
import type { BatchOutput } from '../core/batch.ts';
import { JobError } from '../core/job-error.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';

/** What to run: examples of a window, and what they are padded to. */
export type DeviceTask = {
  readonly window: WindowExamples;
  /** The rows that each example of the window stands for. */
  readonly rows: ExampleRows;
  readonly examples: Uint32Array;
  readonly paddedLength: number;
  /** Called when these rows, or a part of them of more than one, do not fit into the device's memory. */
  readonly onOutOfMemory?: () => void;
};

/** Vectors of the rows that have one; the others are in `refused` (ids not filled in). */
export type DeviceResult = {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** `[rows.length, dims]`, row-major. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly refused: readonly QuarantineRecord[];
};

/**
 * Ties what the device gave to the rows that were asked for; each row of a shared example gets the vector, or the refusal.
 * @throws JobError when the shape is not what was asked for.
 */
export function toDeviceResult(task: DeviceTask, output: BatchOutput, dims: number): DeviceResult {
  const { values } = output;
  if (output.dims !== dims || values.length !== task.examples.length * dims) {
    throw new JobError(
      'DEVICE_RUN_FAILED',
      `The device gave ${values.length} numbers for ${task.examples.length} rows of ${dims}.`,
    );
  }
  const notFinite = new Set(output.notFinite);
  const refused: QuarantineRecord[] = [];
  /** The place in the batch of each row that has a vector. */
  const places: number[] = [];
  const rows: number[] = [];
  for (const [place, example] of task.examples.entries()) {
    for (const row of rowsOfExample(task.rows, example)) {
      if (notFinite.has(place)) {
        const message = 'the model gave a vector with NaN or infinity for this row';
        refused.push({ row, id: null, code: 'ROW_NOT_FINITE', message, attempts: 1 });
      } else {
        places.push(place);
        rows.push(row);
      }
    }
  }
  return { rows: Uint32Array.from(rows), values: pickVectors(values, places, dims), refused };
}

function pickVectors(
  values: Float32Array<ArrayBuffer>,
  places: readonly number[],
  dims: number,
): Float32Array<ArrayBuffer> {
  // Most batches have every vector once, and in order.
  if (places.length * dims === values.length && places.every((place, index) => place === index))
    return values;
  const picked = new Float32Array(places.length * dims);
  for (const [to, from] of places.entries())
    picked.set(values.subarray(from * dims, (from + 1) * dims), to * dims);
  return picked;
}

/** The example that fails by itself, its rows refused. */
export function refusedExample(task: DeviceTask, error: JobError, attempts: number): DeviceResult {
  const message = `the model failed on this row: ${error.message}`;
  return {
    rows: new Uint32Array(0),
    values: new Float32Array(0),
    refused: Array.from(rowsOfExample(task.rows, task.examples[0]!), (row) => {
      return { row, id: null, code: 'ROW_MODEL_FAILED' as const, message, attempts };
    }),
  };
}

export function joinDeviceResults(a: DeviceResult, b: DeviceResult): DeviceResult {
  const rows = new Uint32Array(a.rows.length + b.rows.length);
  rows.set(a.rows);
  rows.set(b.rows, a.rows.length);
  const values = new Float32Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { rows, values, refused: [...a.refused, ...b.refused] };
}
