import type { ExampleRows } from '../batch/example-rows.ts';
import type { WindowExamples } from '../batch/gather-batch.ts';
import type { BatchOutput } from '../core/batch.ts';
import { JobError } from '../core/job-error.ts';
import {
  joinPassages,
  passageAt,
  passageNumber,
  pickPassages,
  type Passage,
  type Passages,
} from '../core/passage.ts';
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
  /** What of its row each result is of; left out where an example always is a whole row. */
  readonly passages?: Passages;
  readonly refused: readonly QuarantineRecord[];
  /** By number: which passage of its row each refusal is of, in the order of `refused`. */
  readonly refusedPassages?: readonly number[];
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
  const { rows, starts, passages } = task.rows;
  /** The place in the batch of each entry that has a result, and the entry. */
  const places: number[] = [];
  const entries: number[] = [];
  const refused: Refused[] = [];
  for (const [place, example] of task.examples.entries()) {
    const refusal = refusals.get(place);
    for (let entry = starts[example]!; entry < starts[example + 1]!; entry++) {
      if (refusal === undefined) {
        places.push(place);
        entries.push(entry);
      } else {
        refused.push({ entry, ...refusal, attempts: 1 });
      }
    }
  }
  return {
    rows: Uint32Array.from(entries, (entry) => rows[entry]!),
    values: pickValues(values, places, rowBytes),
    ...(passages === undefined ? {} : { passages: pickPassages(passages, entries) }),
    ...refusalsFor(task.rows, refused),
  };
}

type Refusal = Pick<QuarantineRecord, 'code'> & {
  /** @param what the row, or what of it, as words for a person */
  readonly message: (what: string) => string;
};

/** An entry of `ExampleRows` that has no result. */
type Refused = Refusal & Pick<QuarantineRecord, 'attempts'> & { readonly entry: number };

function refusalsFor(
  { rows, passages }: ExampleRows,
  refused: readonly Refused[],
): Pick<DeviceResult, 'refused' | 'refusedPassages'> {
  const records = refused.map(({ entry, code, message, attempts }) => {
    const what = passages === undefined ? 'this row' : describePassage(passageAt(passages, entry));
    return { row: rows[entry]!, id: null, code, message: message(what), attempts };
  });
  if (passages === undefined) return { refused: records };
  return { refused: records, refusedPassages: refused.map(({ entry }) => passageNumber(passages, entry)) };
}

function describePassage({ number, count, start, end }: Passage): string {
  if (count === 1) return 'this row';
  return `window ${number} of the ${count} of this row (characters ${start} to ${end})`;
}

function refusalsOf(
  { notFinite, outOfRange }: BatchOutput,
  output: ResultOutput,
): ReadonlyMap<number, Refusal> {
  const what = output.kind === 'vector' ? 'a vector' : 'logits';
  const broken: Refusal = {
    code: 'ROW_NOT_FINITE',
    message: (row) => `the model gave ${what} with NaN or infinity for ${row}`,
  };
  const tooLarge: Refusal = {
    code: 'ROW_OUT_OF_RANGE',
    message: (row) =>
      `the model gave a vector with a value beyond 65504, which float16 cannot hold, for ${row}`,
  };
  return new Map([
    ...outOfRange.map((place) => [place, tooLarge] as const),
    ...notFinite.map((place) => [place, broken] as const),
  ]);
}

function pickValues(
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
  const { starts } = task.rows;
  const [example] = task.examples;
  const first = starts[example!]!;
  const refused = Array.from({ length: starts[example! + 1]! - first }, (_, index) => ({
    entry: first + index,
    code: 'ROW_MODEL_FAILED' as const,
    message: (row: string) => `the model failed on ${row}: ${error.message}`,
    attempts,
  }));
  return { rows: new Uint32Array(0), values: new Uint8Array(0), ...refusalsFor(task.rows, refused) };
}

export function joinDeviceResults(a: DeviceResult, b: DeviceResult): DeviceResult {
  const rows = new Uint32Array(a.rows.length + b.rows.length);
  rows.set(a.rows);
  rows.set(b.rows, a.rows.length);
  const values = new Uint8Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return {
    rows,
    values,
    ...joinPassages([a.passages, b.passages]),
    refused: [...a.refused, ...b.refused],
    ...joinNumbers(a.refusedPassages, b.refusedPassages),
  };
}

function joinNumbers(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): Pick<DeviceResult, 'refusedPassages'> {
  return a === undefined && b === undefined ? {} : { refusedPassages: [...(a ?? []), ...(b ?? [])] };
}
