import { rowsOfExample, type ExampleRows } from '../batch/example-rows.ts';
import type { WindowExamples } from '../batch/gather-batch.ts';
import type { BatchOutput } from '../core/batch.ts';
import { JobError } from '../core/job-error.ts';
import type { QuarantineRecord } from '../core/quarantine.ts';
import { resultRowBytes, type ResultOutput } from '../core/result-output.ts';

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

/** Results of the rows that have one; the others are in `refused` (ids not filled in). */
export type DeviceResult = {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** One result a row, as many bytes each as the job's `ResultOutput` says. */
  readonly values: Uint8Array<ArrayBuffer>;
  readonly refused: readonly QuarantineRecord[];
};

/**
 * Ties what the device gave to the rows that were asked for; each row of a shared example gets the result, or the refusal.
 * @throws JobError when the shape is not what was asked for.
 */
export function toDeviceResult(task: DeviceTask, output: BatchOutput, expected: ResultOutput): DeviceResult {
  const { values } = output;
  const rowBytes = resultRowBytes(expected);
  if (output.rowBytes !== rowBytes || values.length !== task.examples.length * rowBytes) {
    throw new JobError(
      'DEVICE_RUN_FAILED',
      `The device gave ${values.length} bytes for ${task.examples.length} rows of ${rowBytes}.`,
    );
  }
  const refusals = refusalsOf(output, expected);
  const refused: QuarantineRecord[] = [];
  /** The place in the batch of each row that has a result. */
  const places: number[] = [];
  const rows: number[] = [];
  for (const [place, example] of task.examples.entries()) {
    for (const row of rowsOfExample(task.rows, example)) {
      const refusal = refusals.get(place);
      if (refusal !== undefined) {
        refused.push({ row, id: null, ...refusal, attempts: 1 });
      } else {
        places.push(place);
        rows.push(row);
      }
    }
  }
  return { rows: Uint32Array.from(rows), values: pickRows(values, places, rowBytes), refused };
}

type Refusal = Pick<QuarantineRecord, 'code' | 'message'>;

function refusalsOf(
  { notFinite, outOfRange }: BatchOutput,
  output: ResultOutput,
): ReadonlyMap<number, Refusal> {
  const what = output.kind === 'vector' ? 'a vector' : 'logits';
  const broken: Refusal = {
    code: 'ROW_NOT_FINITE',
    message: `the model gave ${what} with NaN or infinity for this row`,
  };
  const tooLarge: Refusal = {
    code: 'ROW_OUT_OF_RANGE',
    message: 'the model gave a vector with a value beyond 65504, which float16 cannot hold, for this row',
  };
  return new Map([
    ...outOfRange.map((place) => [place, tooLarge] as const),
    ...notFinite.map((place) => [place, broken] as const),
  ]);
}

function pickRows(
  values: Uint8Array<ArrayBuffer>,
  places: readonly number[],
  rowBytes: number,
): Uint8Array<ArrayBuffer> {
  // Most batches have every row once, and in order.
  if (places.length * rowBytes === values.length && places.every((place, index) => place === index))
    return values;
  const picked = new Uint8Array(places.length * rowBytes);
  for (const [to, from] of places.entries())
    picked.set(values.subarray(from * rowBytes, (from + 1) * rowBytes), to * rowBytes);
  return picked;
}

/** The example that fails by itself, its rows refused. */
export function refusedExample(task: DeviceTask, error: JobError, attempts: number): DeviceResult {
  const message = `the model failed on this row: ${error.message}`;
  return {
    rows: new Uint32Array(0),
    values: new Uint8Array(0),
    refused: Array.from(rowsOfExample(task.rows, task.examples[0]!), (row) => {
      return { row, id: null, code: 'ROW_MODEL_FAILED' as const, message, attempts };
    }),
  };
}

export function joinDeviceResults(a: DeviceResult, b: DeviceResult): DeviceResult {
  const rows = new Uint32Array(a.rows.length + b.rows.length);
  rows.set(a.rows);
  rows.set(b.rows, a.rows.length);
  const values = new Uint8Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { rows, values, refused: [...a.refused, ...b.refused] };
}
